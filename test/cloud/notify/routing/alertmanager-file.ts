import { readFileSync } from 'node:fs'
import { importAlertmanager } from '../../../../src/cloud/notify/routing/import-alertmanager.ts'
import type { Additions } from '../../../../src/cloud/notify/routing/import-report.ts'
import { parseRouteTree } from '../../../../src/cloud/notify/routing/parse-route-tree.ts'
import type { RouteTree } from '../../../../src/cloud/notify/routing/route-tree.ts'

export const TEAMS = 'test/fixtures/alertmanager/teams.yml'
export const NOBODY = { contacts: [], groups: [], receivers: [] }

/** Everybody of whom the import says that they must be added. */
export function added({ contacts, webhooks }: Additions) {
  return {
    contacts: contacts.map((one) => ({ ...one, id: `id of ${one.name}` })),
    groups: [],
    receivers: webhooks.map(({ name }) => ({ name, id: `id of ${name}` })),
  }
}

/** The tree of a file of Alertmanager's, as it is imported. */
export function importedTree(file = TEAMS): RouteTree {
  const report = importAlertmanager(readFileSync(file, 'utf8'), NOBODY)
  if (!('text' in report)) throw new Error(JSON.stringify(report.faults))
  const { tree, faults } = parseRouteTree(report.text, added(report.additions))
  if (!tree) throw new Error(JSON.stringify(faults))
  return tree
}
