/** What agents tell in their heartbeats, and who may poll. */
export const statements: readonly string[] = [
  'alter table agents add column told text',
  // When it last said that it can poll; null when its newest heartbeat says that it cannot.
  'alter table agents add column polls_at bigint',
  `create table leases (
    environment text primary key references environments (id) on delete cascade,
    agent text not null,
    epoch text not null,
    started_at bigint not null,
    term bigint not null,
    expires_at bigint not null,
    idle_since bigint
  )`,
]
