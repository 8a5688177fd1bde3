/** Rules and thresholds that people set for an environment. */
export const statements: readonly string[] = [
  `create table own_rules (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    body text not null,
    primary key (environment, id)
  )`,
  `create table thresholds (
    environment text primary key references environments (id) on delete cascade,
    thresholds text not null
  )`,
]
