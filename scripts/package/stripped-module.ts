import { stripTypeScriptTypes } from 'node:module'

const SPECIFIER = /((?:\bfrom |\bimport |\bimport\(|\bnew URL\()')(\.[^']*)\.ts'/g

/**
 * A module of ours as JavaScript, line for line. Node.js would strip the types itself, at every
 * start, and keeps 20 to 30 MB of a process for that.
 */
export function strippedModule(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(SPECIFIER, "$1$2.js'")
}
