/** How an environment sees days: its zone, whose holidays, days of its own. */
export const statements: readonly string[] = [
  `create table calendars (
    environment text primary key references environments (id) on delete cascade,
    settings text not null
  )`,
]
