/** Who may import whom: the map in `src/README.md`, executable. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { describe, it } from 'node:test'

const SHARED = ['model', 'support']
/** The walk, in order: a step may know the types of the steps before it. */
const AGENT_WALK = ['agent/feeds', 'agent/window', 'agent/spool', 'agent/uplink']
const CLOUD_WALK = [
  'cloud/ingest',
  'cloud/series',
  'cloud/calendar',
  'cloud/baselines',
  'cloud/rules',
  'cloud/alerts',
  'cloud/cause',
  'cloud/picture',
  'cloud/notify',
  'cloud/drill',
  'cloud/backtest',
  'cloud/doors/visitor',
  'cloud/doors/prometheus',
  'cloud/api',
]

const MAY_USE: Record<string, readonly string[]> = {
  support: [],
  model: [],
  tars: SHARED,
  wire: [...SHARED, 'tars'],
  launcher: [...SHARED, 'tars'],
  promql: SHARED,
  'agent/feeds': [...SHARED, 'tars'],
  'agent/window': SHARED,
  'agent/spool': [...SHARED, 'wire'],
  'agent/uplink': [...SHARED, 'wire'],
  'cloud/ingest': [...SHARED, 'wire'],
  'cloud/series': [...SHARED, 'wire', 'promql'],
  'cloud/calendar': SHARED,
  'cloud/baselines': [...SHARED, 'promql', 'cloud/calendar'],
  'cloud/rules': [...SHARED, 'promql'],
  'cloud/alerts': SHARED,
  'cloud/cause': SHARED,
  'cloud/picture': [...SHARED, 'promql', 'cloud/cause'],
  'cloud/notify': [...SHARED, 'cloud/calendar', 'cloud/picture'],
  'cloud/drill': [...SHARED, 'wire', 'cloud/calendar', 'cloud/notify'],
  'cloud/doors/visitor': SHARED,
  'cloud/doors/prometheus': [...SHARED, 'promql', 'cloud/doors/visitor'],
  'cloud/api': [
    ...SHARED,
    ...['promql', 'cloud/calendar', 'cloud/baselines', 'cloud/rules', 'cloud/notify'],
    ...['cloud/picture', 'cloud/drill'],
  ],
  'cloud/backtest': [
    ...SHARED,
    ...['promql', 'cloud/rules', 'cloud/alerts', 'cloud/cause', 'cloud/notify'],
    ...['cloud/series', 'cloud/store'],
  ],
  'cloud/store': SHARED,
  'cloud/doors/remote-write': [...SHARED, 'cloud/doors/visitor'],
  web: [],
}

/** `cloud/alerts/transition.ts` → `cloud/alerts`; `promql/parse.ts` → `promql`; roots are ''; each door is one. */
function areaOf(file: string): string {
  const [top = '', sub = '', door = ''] = file.split('/')
  if (sub === 'doors') return `${top}/${sub}/${door}`
  if (top !== 'agent' && top !== 'cloud') return file.includes('/') ? top : ''
  return file.split('/').length > 2 ? `${top}/${sub}` : ''
}

function mayKnowTypesOf(from: string, to: string): boolean {
  if (from === 'cloud/store') return CLOUD_WALK.includes(to)
  const walk = [AGENT_WALK, CLOUD_WALK].find((steps) => steps.includes(from)) ?? []
  return walk.includes(to) && walk.indexOf(to) < walk.indexOf(from)
}

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|vue)$/.test(file))

describe('imports go one way along the walk', () => {
  for (const file of files) {
    const from = areaOf(file)
    const allowed = MAY_USE[from]
    // Only the composition roots, the configs beside them and the command see everything.
    if (!allowed) continue
    it(file, () => {
      for (const [, type, path = ''] of readFileSync(`src/${file}`, 'utf8').matchAll(
        /^(?:import|export) (type )?[^'"]*?from '(\.[^']+)'/gms,
      )) {
        const to = areaOf(posix.join(dirname(file), path))
        const fine =
          to === from || allowed.includes(to) || (type !== undefined && mayKnowTypesOf(from, to))
        assert.ok(fine, `${from} may not import ${type ?? ''}${path}`)
      }
    })
  }

  it('only src/tars touches the @tars packages', () => {
    for (const file of files.filter((name) => !name.startsWith('tars/'))) {
      assert.doesNotMatch(readFileSync(`src/${file}`, 'utf8'), /from '@tars\//, file)
    }
  })

  it('only support/clock.ts reads the machine clock', () => {
    for (const file of files.filter(
      (name) => name !== 'support/clock.ts' && !name.startsWith('web/'),
    )) {
      assert.doesNotMatch(readFileSync(`src/${file}`, 'utf8'), /Date\.now\(\)|new Date\(\)/, file)
    }
  })
})
