/**
 * The config format of TARS servers: sections in tags, `key=value` lines, `#` comments.
 *
 * A tag stands on its own line, or before a pair and its closing tag: `<main> env_key=… </main>`.
 * A later value of a key replaces the earlier one, a section that comes again adds to the first:
 * tarsconfig joins the files of application, set, server and node as text.
 */
import { readFile } from 'node:fs/promises'
import { Failure, messageOf } from '../support/failure.ts'

const MAX_BYTES = 1024 * 1024
const MAX_DEPTH = 16

export type ConfigReason = 'unreadable' | 'too-large' | 'malformed' | 'missing'

/** The message starts with the file, and the line where there is one. */
export class ConfigError extends Failure<ConfigReason> {}

/** One section: its values and sections by name, in order of appearance. */
export class TarsConfig {
  readonly values: ReadonlyMap<string, string>
  readonly sections: ReadonlyMap<string, TarsConfig>

  constructor(values: ReadonlyMap<string, string>, sections: ReadonlyMap<string, TarsConfig>) {
    this.values = values
    this.sections = sections
  }

  /**
   * The value at a path as TARS writes them: `/tars/application/client<locator>`.
   * A key alone on its line has the value ''.
   */
  get(path: string): string | undefined {
    const [, section = '', key] = /^([^<]*)<([^>]*)>$/.exec(path) ?? []
    if (key === undefined) throw new RangeError(`'${path}' is no path like /tars/server<app>`)
    return this.section(section)?.values.get(key)
  }

  /** The section at a path such as `/tars/application/server`. */
  section(path: string): TarsConfig | undefined {
    let found: TarsConfig | undefined = this
    for (const name of path.split('/')) if (name !== '') found = found?.sections.get(name)
    return found
  }
}

/** @throws {ConfigError} */
export async function readTarsConfig(file: string): Promise<TarsConfig> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new ConfigError('unreadable', `${file}: ${messageOf(error)}`, { cause: error })
  }
  return parseTarsConfig(text, file)
}

interface Open {
  readonly name: string
  readonly line: number
  readonly values: Map<string, string>
  readonly sections: Map<string, TarsConfig>
}

/** `file` is only for messages. @throws {ConfigError} */
export function parseTarsConfig(text: string, file: string): TarsConfig {
  if (text.length > MAX_BYTES) {
    throw new ConfigError('too-large', `${file}: ${text.length} bytes, at most ${MAX_BYTES}`)
  }
  const root = open('', 0)
  const stack = [root]
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    try {
      for (const token of tokensOf(raw.trim())) apply(token, stack, i + 1)
    } catch (error) {
      throw new ConfigError('malformed', `${file}:${i + 1}: ${messageOf(error)}`)
    }
  }
  const left = stack.at(-1)
  if (left && left !== root) {
    throw new ConfigError('malformed', `${file}:${left.line}: <${left.name}> is never closed`)
  }
  return close(root)
}

/** A line that starts with a tag may hold more; any other is one pair, whatever its value contains. */
function tokensOf(line: string): string[] {
  if (line === '' || line.startsWith('#')) return []
  if (!line.startsWith('<')) return [line]
  return line.split(/(<\/?[^<>]*>)/).flatMap((part) => part.trim() || [])
}

function apply(token: string, stack: Open[], line: number): void {
  const parent = stack.at(-1)
  if (!parent) throw new RangeError('no open section')
  const [, slash, name] = /^<(\/?)\s*([^<>\s/]+)\s*>$/.exec(token) ?? []
  if (name === undefined) addPair(token, parent)
  else if (slash === '/') closeSection(name, stack)
  else if (stack.length > MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} sections deep`)
  else stack.push(open(name, line, parent.sections.get(name)))
}

function addPair(token: string, { values }: Open): void {
  // The line itself is not repeated: it may hold a secret.
  if (token.startsWith('<')) throw new Error('no tag like <main> or </main>')
  const at = token.indexOf('=')
  const key = (at < 0 ? token : token.slice(0, at)).trim()
  if (key === '') throw new Error('no key before the =')
  values.set(key, at < 0 ? '' : token.slice(at + 1).trim())
}

function closeSection(name: string, stack: Open[]): void {
  const last = stack.at(-1)
  if (stack.length < 2 || !last) throw new Error(`</${name}> closes nothing`)
  if (last.name !== name) {
    throw new Error(`</${name}> where </${last.name}> (opened in line ${last.line}) was expected`)
  }
  stack.pop()
  stack.at(-1)?.sections.set(name, close(last))
}

function open(name: string, line: number, before?: TarsConfig): Open {
  return { name, line, values: new Map(before?.values), sections: new Map(before?.sections) }
}

function close({ values, sections }: Open): TarsConfig {
  return new TarsConfig(values, sections)
}
