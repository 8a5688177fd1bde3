/** Alarms that nobody is told of for a time, and what was decided of each. */
export const statements: readonly string[] = [
  `create table mutes (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    body text not null,
    ends_at bigint not null,
    muted bigint not null,
    muted_at bigint,
    primary key (environment, id)
  )`,
  'create index mutes_by_end on mutes (ends_at)',
  // Of a change that waits for the end of a mute: which.
  'alter table alert_changes add column muted text',
  'create index alert_changes_by_alert on alert_changes (environment, alert, id)',
  `create table traces (
    environment text not null references environments (id) on delete cascade,
    alert text not null,
    at bigint not null,
    kind text not null,
    lines text not null
  )`,
  'create index traces_by_alert on traces (environment, alert, at)',
  'create index traces_by_age on traces (at)',
]
