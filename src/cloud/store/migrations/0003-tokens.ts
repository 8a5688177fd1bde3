/** API tokens: what opens an environment to Grafana and the like. `scopes`: `read`, `write` or `read,write`. */
export const statements: readonly string[] = [
  `create table tokens (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    name text not null,
    scopes text not null,
    token_hash text not null unique,
    created_at bigint not null,
    used_at bigint,
    primary key (environment, id)
  )`,
]
