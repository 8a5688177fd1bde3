/** Robots, webhooks and phones; deliveries go out in lanes, see `notify/lane.ts`. */
export const statements: readonly string[] = [
  `create table receivers (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    kind text not null,
    name text not null,
    language text not null,
    time_zone text not null,
    settings_sealed text not null,
    disabled_at bigint,
    disabled_why text,
    primary key (environment, id)
  )`,
  `alter table deliveries add column lane text generated always as (
    (case when channel = 'mail' then channel else to_address end) || ' ' || environment
  ) virtual`,
  'drop index deliveries_open',
  `create index deliveries_open on deliveries (lane, due_at, id) where state in ('waiting', 'sending')`,
]
