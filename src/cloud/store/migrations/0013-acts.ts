/** What people did about alerts, and which alerts are looked at again by the clock. */
export const statements: readonly string[] = [
  `create table acts (
    environment text not null references environments (id) on delete cascade,
    alert text not null,
    place bigint not null,
    at bigint not null,
    kind text not null,
    until_at bigint,
    body text not null,
    primary key (environment, alert, place)
  )`,
  'create index acts_by_alert on acts (alert, place)',
  `create table reminders (
    environment text not null references environments (id) on delete cascade,
    alert text not null,
    policy text not null,
    step bigint not null,
    since_at bigint not null,
    due_at bigint not null,
    primary key (environment, alert, policy)
  )`,
  'create index reminders_by_due on reminders (due_at, alert)',
]
