/** The first schema. Never edit a migration that was released: append the next. */
const ENVIRONMENT = 'environment text not null references environments (id) on delete cascade'

export const statements: readonly string[] = [
  `create table environments (
    id text primary key,
    name text not null,
    framework text not null,
    created_at bigint not null,
    expires_at bigint not null,
    key_hash text not null unique,
    key_sealed text not null
  )`,
  `create table agents (
    ${ENVIRONMENT},
    agent text not null,
    host text not null,
    version text not null,
    address text not null,
    started_at bigint not null,
    seen_at bigint not null,
    window_end_ms bigint,
    primary key (environment, agent)
  )`,
  `create table policies (
    ${ENVIRONMENT},
    id text not null,
    name text not null,
    services text not null,
    contacts text not null,
    primary key (environment, id)
  )`,
  `create table contacts (
    ${ENVIRONMENT},
    id text not null,
    name text not null,
    email text not null,
    language text not null,
    time_zone text not null,
    primary key (environment, id)
  )`,
  `create table progress (
    ${ENVIRONMENT},
    rule_group text not null,
    evaluated_at bigint not null,
    primary key (environment, rule_group)
  )`,
  `create table alerts (
    ${ENVIRONMENT},
    id text not null,
    rule text not null,
    labels text not null,
    annotations text not null,
    severity text not null,
    state text not null,
    value text not null,
    active_at bigint not null,
    fired_at bigint,
    cleared_at bigint,
    resolved_at bigint,
    events text not null,
    primary key (environment, id)
  )`,
  'create index alerts_by_time on alerts (environment, active_at, id)',
  'create index alerts_by_state on alerts (environment, state, active_at, id)',
  'create index alerts_resolved on alerts (resolved_at) where resolved_at is not null',
  `create table alert_changes (
    id bigint primary key,
    ${ENVIRONMENT},
    at bigint not null,
    change_json text not null
  )`,
  'create index alert_changes_by_environment on alert_changes (environment)',
  `create table convergences (
    ${ENVIRONMENT},
    policy text not null,
    rule text not null,
    service text not null,
    subject text not null,
    level text not null,
    told_at bigint not null,
    scope text not null,
    held text not null,
    held_count bigint not null,
    held_since bigint,
    primary key (environment, policy, rule, service, subject, level)
  )`,
  'create index convergences_held on convergences (told_at) where held_count > 0',
  `create table deliveries (
    id text primary key,
    ${ENVIRONMENT},
    policy text not null,
    contact text not null,
    channel text not null,
    to_address text not null,
    subject text not null,
    body_text text not null,
    body_html text not null,
    alerts text not null,
    planned_at bigint not null,
    received_at bigint not null,
    state text not null,
    attempts bigint not null,
    due_at bigint not null,
    sent_at bigint,
    answer text,
    maybe_repeated bigint not null
  )`,
  `create index deliveries_open on deliveries (due_at, id) where state in ('waiting', 'sending')`,
  'create index deliveries_by_time on deliveries (environment, planned_at, id)',
  'create index deliveries_by_age on deliveries (planned_at)',
  `create table delivery_alerts (
    alert text not null,
    delivery text not null references deliveries (id) on delete cascade,
    primary key (alert, delivery)
  )`,
  'create index delivery_alerts_by_delivery on delivery_alerts (delivery)',
  `create table users (
    id text primary key,
    name text not null unique,
    password_hash text not null
  )`,
  `create table sessions (
    token_hash text primary key,
    user_id text not null references users (id) on delete cascade,
    expires_at bigint not null
  )`,
  'create index sessions_by_user on sessions (user_id)',
  'create index sessions_by_end on sessions (expires_at)',
  'create table counters (name text primary key, value bigint not null)',
  `insert into counters (name, value) values ('change', 0)`,
]
