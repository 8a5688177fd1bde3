/**
 * Policies say more than services and contacts: the rest is JSON, null where nothing is said. What is held back says
 * itself when it is due.
 */
export const statements: readonly string[] = [
  'alter table policies add column settings text',
  `create table contact_groups (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    name text not null,
    contacts text not null,
    primary key (environment, id)
  )`,
  'alter table convergences add column due_at bigint',
  // The window it had until now.
  'update convergences set due_at = told_at + 600000 where held_count > 0',
  'drop index convergences_held',
  'create index convergences_due on convergences (due_at) where due_at is not null',
]
