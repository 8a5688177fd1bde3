/** What is in the database of the cloud, read beside it: also while it runs, and after it was killed. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { DeliveryState } from '../../src/cloud/notify/ports.ts'

export interface StoredDelivery {
  readonly id: string
  readonly to: string
  readonly state: DeliveryState
}

export class Stored {
  readonly #database: DatabaseSync

  /** @param folder The cloud's `data`. */
  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, 'state.db'), { readOnly: true, timeout: 5_000 })
  }

  deliveries(): StoredDelivery[] {
    const rows = this.#database.prepare('select id, to_address, state from deliveries').all()
    return rows.map(({ id, to_address, state }) => ({
      ...{ id: String(id), to: String(to_address) },
      state: state as DeliveryState,
    }))
  }

  /** Claimed, and no answer stored: what a crash may repeat. */
  sending(): Set<string> {
    const rows = this.#database.prepare("select id from deliveries where state = 'sending'").all()
    return new Set(rows.map(({ id }) => String(id)))
  }

  /** News that is not planned, what is held back, and what is not sent. */
  open(): number {
    const row = this.#database
      .prepare(
        `select (select count(*) from alert_changes)
          + (select count(*) from convergences where due_at is not null)
          + (select count(*) from deliveries where state in ('waiting', 'sending')) as open`,
      )
      .get()
    return Number(row?.open)
  }

  /** Alarms that are not over. */
  firing(): number {
    const { firing } = this.#database
      .prepare(
        "select count(*) as firing from alerts where rule = 'Trouble' and state != 'resolved'",
      )
      .get() ?? { firing: 0 }
    return Number(firing)
  }

  close(): void {
    this.#database.close()
  }
}
