/** Rule files that people uploaded for an environment. */
export const statements: readonly string[] = [
  `create table rule_files (
    environment text not null references environments (id) on delete cascade,
    name text not null,
    body text not null,
    author text not null,
    saved_at bigint not null,
    primary key (environment, name)
  )`,
]
