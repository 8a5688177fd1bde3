/** Trees of routes, as the API tells. */
import { call, place } from './call.ts'

interface Grouping {
  readonly groupBy: 'all' | readonly string[]
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
}

export interface RouteNode extends Grouping {
  readonly path: string
  readonly depth: number
  readonly matchers: string
  readonly receiver: string
  /** '' stands for who was removed. */
  readonly told: readonly string[]
  readonly continue: boolean
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
}

export interface RouteTree {
  readonly text: string
  readonly version: number
  readonly routes: readonly RouteNode[]
  readonly inhibitRules: readonly string[]
  readonly versions: readonly {
    readonly version: number
    readonly author: string
    readonly savedAtMs: number
  }[]
}

export interface Fault {
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface ImportReport {
  readonly text: string
  readonly left: readonly {
    readonly line: number
    readonly column: number
    readonly what: string
    readonly reason: string
  }[]
  readonly contacts: readonly { readonly name: string; readonly email: string }[]
  readonly webhooks: readonly { readonly name: string; readonly url: string }[]
}

export interface TestedRoute extends Grouping {
  readonly path: string
  readonly receiver: string
  readonly told: readonly string[]
  readonly group: readonly { readonly name: string; readonly value: string }[]
  readonly heldUntilMs?: number
}

const tree = (environment: string, ...parts: string[]) => place(environment, 'route-tree', ...parts)

export function routeTree(environment: string): Promise<RouteTree> {
  return call('GET', tree(environment))
}

export function saveRouteTree(environment: string, text: string, version: number) {
  return call<RouteTree>('PUT', tree(environment), { text, version })
}

export async function versionText(environment: string, version: number): Promise<string> {
  const path = tree(environment, 'versions', String(version))
  return (await call<{ text: string }>('GET', path)).text
}

export function importReport(environment: string, text: string) {
  const path = tree(environment, 'import')
  return call<{ faults: Fault[]; report: ImportReport | null }>('POST', path, { text })
}

export async function testRoutes(environment: string, labels: Record<string, string>) {
  const path = tree(environment, 'test')
  return (await call<{ routes: TestedRoute[] }>('POST', path, { labels })).routes
}

/** `callee=Shop.Pay severity="ERROR"`, with commas or spaces between. */
export function labelsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([^\s,={}"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,{}"]*))/g)
  return Object.fromEntries(
    [...pairs].map(([, name = '', quoted, bare = '']) => [
      name,
      quoted?.replace(/\\(.)/g, '$1') ?? bare,
    ]),
  )
}

/** What the cloud says of a place such as `text/3:9`. */
export function faultsOf(faults: Readonly<Record<string, string>>): Fault[] {
  return Object.entries(faults).flatMap(([field, message]) => {
    const [, line, column] = /^text\/(\d+):(\d+)$/.exec(field) ?? []
    return line === undefined ? [] : { line: Number(line), column: Number(column), message }
  })
}

/** `1h30m`. */
export function durationText(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const
  let rest = ms
  const parts = units.map(([unit, unitMs]) => {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    return count > 0 ? `${count}${unit}` : ''
  })
  return parts.join('') || '0s'
}
