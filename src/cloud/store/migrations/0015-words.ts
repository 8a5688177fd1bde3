/** Texts that people made of messages, and the summaries they want. */
export const statements: readonly string[] = [
  `create table templates (
    environment text not null references environments (id) on delete cascade,
    kind text not null,
    language text not null,
    parts text not null,
    failed text,
    primary key (environment, kind, language)
  )`,
  `create table summaries (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    body text not null,
    made_to bigint not null,
    primary key (environment, id)
  )`,
]
