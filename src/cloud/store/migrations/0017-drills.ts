/** Drills: when they are due, and what became of them. */
export const statements: readonly string[] = [
  `create table drill_plans (
    environment text not null primary key references environments (id) on delete cascade,
    body text not null,
    saved_at bigint not null,
    month text not null
  )`,
  `create table drills (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    begun_at bigint not null,
    ended_at bigint,
    body text not null,
    primary key (environment, id)
  )`,
  // One at a time.
  `create unique index drills_under_way on drills (environment) where ended_at is null`,
]
