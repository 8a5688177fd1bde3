/** What is simulated: services, who calls whom, what is normal, and what goes wrong. `README.md` tells the format. */
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseLocal } from './calendar.ts'

/** A time in Shanghai, `2026-10-01 14:05`, or milliseconds since the epoch. */
const time = z.preprocess(
  (value) => (typeof value === 'string' ? (parseLocal(value) ?? value) : value),
  z.int({ error: ({ input }) => `'${input}' is not a time such as 2026-10-01 14:05` }),
)
const share = z.number().min(0).max(1)
const positive = z.number().positive()

export const SHAPES = ['office', 'consumer', 'flat'] as const
export type Shape = (typeof SHAPES)[number]

export const KINDS = [
  'failures',
  'failure-burst',
  'timeouts',
  'latency',
  'latency-creep',
  'traffic-drop',
  'traffic-surge',
  'traffic-zero',
  'node-dead',
  'server-dead',
  'queue',
  'async-queue',
  'notify-error',
  'bad-node',
  'bad-interface',
  'cascade',
  'network',
  'bad-version',
] as const
export type IncidentKind = (typeof KINDS)[number]

const interfaceSchema = z.strictObject({
  name: z.string(),
  /** Mean, seen by the server. */
  latencyMs: positive,
  /** Of the lognormal distribution. */
  sigma: positive.default(0.6),
  /** Of the calls, when all is well. */
  failureShare: share.default(0.001),
})

const serviceSchema = z.strictObject({
  /** `App.Server`. */
  name: z.string().regex(/^\w+\.\w+$/),
  /** Addresses; several services may share one. */
  nodes: z.array(z.string()).min(1),
  interfaces: z.array(interfaceSchema).min(1).max(8),
  latencyGrowthPerDay: z.number().default(0),
  /** Entries of its request queues, on average. */
  queue: positive.default(2),
  asyncQueue: positive.default(1),
  /** It appears then; it is there from the start without. */
  from: time.optional(),
})

const entrySchema = z.strictObject({
  service: z.string(),
  interface: z.string(),
  /** Calls at the busiest time of a workday. */
  perMinute: positive,
  shape: z.enum(SHAPES),
  weekend: positive.default(1),
  holiday: positive.default(1),
  growthPerDay: z.number().default(0),
})

const callSchema = z.strictObject({
  caller: z.string(),
  callee: z.string(),
  interface: z.string(),
  /** Calls for each call that the caller gets. */
  ratio: positive,
  /** Share of those failing here that the caller's own caller sees fail. */
  passesOn: share.default(0),
})

const jobSchema = z.strictObject({
  caller: z.string(),
  callee: z.string(),
  /** Minutes after midnight of the first. */
  atMinute: z.number().min(0).max(1439),
  everyMinutes: positive.default(1440),
  minutes: positive,
  factor: positive,
})

const deploySchema = z.strictObject({
  service: z.string(),
  at: time,
  /** TARS version reported from then on. */
  version: z.string().optional(),
})

/** Small and short: nobody wants to be told of it. */
const blipSchema = z.strictObject({
  kind: z.enum(KINDS),
  at: time,
  minutes: positive,
  service: z.string(),
  /** Of `service`; all without. */
  interface: z.string().optional(),
  /** Address; all of the service without. */
  node: z.string().optional(),
  caller: z.string().optional(),
  /** By kind: share of the calls, or factor. */
  size: positive,
})

/** What must be told; `service` is at fault. */
const incidentSchema = blipSchema.extend({
  id: z.string(),
  /** Too small to count for or against. */
  counts: z.boolean().default(true),
})

const scenarioSchema = z.strictObject({
  name: z.string(),
  seed: z.number().int(),
  /** Midnight in Shanghai; warm-up begins. */
  start: time,
  warmUpDays: z.number().min(0).default(8),
  /** That are measured, after warm-up. */
  days: positive,
  reportMs: z.union([z.literal(10_000), z.literal(60_000)]).default(60_000),
  services: z.array(serviceSchema).min(1),
  entries: z.array(entrySchema).min(1),
  calls: z.array(callSchema).default([]),
  jobs: z.array(jobSchema).default([]),
  deploys: z.array(deploySchema).default([]),
  blips: z.array(blipSchema).default([]),
  incidents: z.array(incidentSchema).default([]),
})

export type Scenario = z.infer<typeof scenarioSchema>
export type Service = Scenario['services'][number]
export type Interface = Service['interfaces'][number]
export type Entry = Scenario['entries'][number]
export type Call = Scenario['calls'][number]
export type Deploy = Scenario['deploys'][number]
export type Blip = Scenario['blips'][number]
export type Incident = Scenario['incidents'][number]

/** @throws {Error} what is wrong with it, a line for each fault. */
export function parseScenario(content: unknown, name: string): Scenario {
  const parsed = scenarioSchema.safeParse(content)
  if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`)
  const faults = unknownNames(parsed.data)
  if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}`)
  return parsed.data
}

/** JSON or YAML. @throws {Error} */
export async function readScenario(path: string): Promise<Scenario> {
  return parseScenario(parse(await readFile(path, 'utf8')), path)
}

function unknownNames(scenario: Scenario): string[] {
  const { services, entries, calls, jobs, deploys } = scenario
  const happenings = [...scenario.blips, ...scenario.incidents]
  const known = new Map(services.map((service) => [service.name, service]))
  const named = [
    ...[...entries, ...deploys, ...happenings].map(({ service }) => service),
    ...calls.flatMap(({ caller, callee }) => [caller, callee]),
    ...jobs.flatMap(({ caller, callee }) => [caller, callee]),
  ]
  const used = [
    ...[...entries, ...happenings].map((each) => ({ callee: each.service, name: each.interface })),
    ...calls.map((call) => ({ callee: call.callee, name: call.interface })),
  ]
  const hasInterface = (callee: string, name: string | undefined) =>
    name === undefined || known.get(callee)?.interfaces.some((each) => each.name === name)
  return [
    ...named.filter((name) => !known.has(name)).map((name) => `there is no service '${name}'`),
    ...used
      .filter(({ callee, name }) => known.has(callee) && !hasInterface(callee, name))
      .map(({ callee, name }) => `'${callee}' has no interface '${name}'`),
    ...happenings
      .filter(({ service, node }) => node && !known.get(service)?.nodes.includes(node))
      .map(({ kind, service, node }) => `${kind}: '${service}' is not on '${node}'`),
  ]
}
