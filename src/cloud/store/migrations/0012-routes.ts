/** Trees of routes, each as it was saved; and of groups of alerts that routes tell, what was told and still fires. */
export const statements: readonly string[] = [
  `create table route_trees (
    environment text not null references environments (id) on delete cascade,
    version bigint not null,
    body text not null,
    tree text not null,
    author text not null,
    saved_at bigint not null,
    primary key (environment, version)
  )`,
  'alter table convergences add column firing text',
  'alter table convergences add column kept bigint',
]
