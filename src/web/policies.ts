/** Notifications and contact groups, as the API tells; a form for a notification. */
import { call, place } from './call.ts'
import { type EscalationStep, type StepFields, stepFields, stepsOf } from './escalations.ts'
import { linesOf, wordsOf } from './lists.ts'

export const MODES = ['both', 'realtime', 'digest'] as const
export const OUTSIDE = ['hold', 'errors', 'tell'] as const
export const HOLIDAYS = ['weekend', ...OUTSIDE] as const
export const LEVELS = ['ERROR', 'WARN', 'INFO'] as const
const DAYS = ['workday', 'weekend'] as const

type OffHours = (typeof OUTSIDE)[number]

export interface Times {
  readonly days: readonly (typeof DAYS)[number][]
  readonly from: string
  readonly to: string
}

export interface PolicyBody {
  readonly name: string
  readonly enabled: boolean
  readonly services: readonly string[]
  readonly alarms: 'all' | readonly string[]
  readonly severities: readonly (typeof LEVELS)[number][]
  readonly contacts: 'all' | readonly string[]
  readonly groups: readonly string[]
  readonly rotas: readonly string[]
  readonly receivers: readonly string[]
  readonly mode: (typeof MODES)[number]
  readonly hours: {
    readonly timeZone: string
    readonly times: readonly Times[]
    readonly outside: OffHours
    readonly holidays: OffHours | 'weekend'
  } | null
  readonly escalation: readonly EscalationStep[]
}

export interface Policy extends PolicyBody {
  readonly id: string
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly contacts: readonly string[]
}

export async function policies(environment: string): Promise<readonly Policy[]> {
  return (await call<{ policies: Policy[] }>('GET', place(environment, 'policies'))).policies
}

/** Adds a notification, or changes the one of this id. */
export async function savePolicy(environment: string, body: PolicyBody, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'policies'), body)
  else await call('PUT', place(environment, 'policies', id), body)
}

export async function removePolicy(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'policies', id))
}

export async function groups(environment: string): Promise<readonly Group[]> {
  return (await call<{ groups: Group[] }>('GET', place(environment, 'contact-groups'))).groups
}

/** Adds a group, or changes the one of this id. */
export async function saveGroup(
  environment: string,
  body: { name: string; contacts: readonly string[] },
  id?: string,
) {
  if (id === undefined) await call('POST', place(environment, 'contact-groups'), body)
  else await call('PUT', place(environment, 'contact-groups', id), body)
}

export async function removeGroup(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'contact-groups', id))
}

/** A notification as it is typed: lists as lines, times such as `09:00-12:00, 13:00-18:00`. */
export interface PolicyFields {
  name: string
  services: string
  alarms: string
  severities: PolicyBody['severities'][number][]
  everyone: boolean
  contacts: string[]
  groups: string[]
  rotas: string[]
  receivers: string[]
  mode: PolicyBody['mode']
  always: boolean
  timeZone: string
  workday: string
  weekend: string
  outside: OffHours
  holidays: OffHours | 'weekend'
  steps: StepFields[]
}

/** A new one tells all contacts of everything. */
export function policyFields(policy?: PolicyBody): PolicyFields {
  const { name = '', services = ['*'], alarms = 'all', contacts = 'all', hours } = policy ?? {}
  const times = hours?.times ?? [{ days: ['workday'], from: '09:00', to: '18:00' }]
  return {
    ...{ name, services: services.join('\n'), alarms: alarms === 'all' ? '' : alarms.join('\n') },
    severities: [...(policy?.severities ?? LEVELS)],
    everyone: contacts === 'all',
    contacts: contacts === 'all' ? [] : [...contacts],
    groups: [...(policy?.groups ?? [])],
    rotas: [...(policy?.rotas ?? [])],
    receivers: [...(policy?.receivers ?? [])],
    ...{ mode: policy?.mode ?? 'both', always: !hours, timeZone: hours?.timeZone ?? '' },
    ...{ workday: timesText(times, 'workday'), weekend: timesText(times, 'weekend') },
    ...{ outside: hours?.outside ?? 'hold', holidays: hours?.holidays ?? 'weekend' },
    steps: stepFields(policy?.escalation ?? []),
  }
}

export function policyBody(fields: PolicyFields, enabled: boolean): PolicyBody {
  const { name, severities, everyone, groups, receivers, mode, always } = fields
  const { timeZone, outside, holidays } = fields
  const alarms = linesOf(fields.alarms)
  const times = DAYS.flatMap((day) => timesOf(fields[day], day))
  return {
    ...{ name, enabled, services: linesOf(fields.services), severities, groups, receivers, mode },
    alarms: alarms.length === 0 ? 'all' : alarms,
    contacts: everyone ? 'all' : fields.contacts,
    rotas: fields.rotas,
    hours: always ? null : { timeZone, times, outside, holidays },
    escalation: stepsOf(fields.steps),
  }
}

/** The field of the form that the API means by a path such as `hours/times/1/from`. */
export function policyField(path: string, { workday }: PolicyFields): string {
  const [field = '', part = '', at] = path.split('/')
  if (field !== 'hours') return field
  if (part !== 'times') return part
  return Number(at) < wordsOf(workday).length ? 'workday' : 'weekend'
}

export function timesText(times: readonly Times[], day: Times['days'][number]): string {
  const some = times.filter(({ days }) => days.includes(day))
  return some.map(({ from, to }) => `${from}-${to}`).join(', ')
}

/** What is no time the cloud refuses. */
function timesOf(text: string, day: Times['days'][number]): Times[] {
  return wordsOf(text).map((range) => {
    const [from = '', to = ''] = range.split(/[-–~～—]/)
    return { days: [day], from: clockText(from), to: clockText(to) }
  })
}

const clockText = (text: string) => text.replace('：', ':').replace(/^\d:/, '0$&')

const FIRST = { zh: '默认通知', en: 'Default' } as const

/** What an environment begins with is named as its reader calls it, unless it was renamed. */
export function nameFor(
  { id, name }: { readonly id: string; readonly name: string },
  language: 'zh' | 'en',
): string {
  return id === 'default' && (name === FIRST.zh || name === FIRST.en) ? FIRST[language] : name
}
