/** Rotas, as the API tells: who is on call when. */
import { call, place } from './call.ts'

export interface RotaBody {
  readonly name: string
  readonly timeZone: string
  /** Ids of contacts, in their order. */
  readonly members: readonly string[]
  /** `2026-11-23` */
  readonly startsOn: string
  /** `09:00` */
  readonly handOverAt: string
  readonly turnDays: number
}

export interface OverrideBody {
  readonly fromMs: number
  readonly toMs: number
  readonly contact: string
  readonly reason: string
}

export interface Override extends OverrideBody {
  readonly id: string
  /** Who entered it. */
  readonly by: string
}

export interface Shift {
  readonly fromMs: number
  readonly toMs: number
  /** Null: nobody is on call. */
  readonly contact: string | null
  /** In place of whose turn it is. */
  readonly stepsIn: boolean
}

export interface Rota extends RotaBody {
  readonly id: string
  readonly overrides: readonly Override[]
  /** Members who were removed. */
  readonly gone: readonly string[]
  /** From now on. */
  readonly shifts: readonly Shift[]
  /** From today on. */
  readonly days: readonly { readonly day: string; readonly contacts: readonly string[] }[]
}

export async function rotas(environment: string): Promise<readonly Rota[]> {
  return (await call<{ rotas: Rota[] }>('GET', place(environment, 'rotas'))).rotas
}

/** Adds a rota, or changes the one of this id. */
export async function saveRota(environment: string, body: RotaBody, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'rotas'), body)
  else await call('PUT', place(environment, 'rotas', id), body)
}

export async function removeRota(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'rotas', id))
}

export async function addOverride(environment: string, rota: string, body: OverrideBody) {
  await call('POST', place(environment, 'rotas', rota, 'overrides'), body)
}

export async function removeOverride(environment: string, rota: string, id: string) {
  await call('DELETE', place(environment, 'rotas', rota, 'overrides', id))
}

/** The first shift of somebody else than who is on call now. */
export function nextShift({ shifts: [now, ...later] }: Rota): Shift | undefined {
  return later.find(({ contact }) => contact !== null && contact !== now?.contact)
}

/** 1 to 7, 7 is Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7
}
