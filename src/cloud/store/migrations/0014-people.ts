/** What is known of mail addresses (null: they may be used), and who is on call when. */
export const statements: readonly string[] = [
  'alter table contacts add column address_state text',
  // Of all environments: they count for the owner of the address.
  `create table verification_mails (
    address text not null,
    at bigint not null
  )`,
  'create index verification_mails_by_address on verification_mails (address, at)',
  `create table rotas (
    environment text not null references environments (id) on delete cascade,
    id text not null,
    body text not null,
    primary key (environment, id)
  )`,
]
