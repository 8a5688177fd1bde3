/** Phones of contacts, ids by which robots mention them, and whom a message mentions or goes to by phone. */
export const statements: readonly string[] = [
  'alter table contacts add column phone text',
  'alter table contacts add column dingtalk text',
  'alter table contacts add column wecom text',
  'alter table contacts add column feishu text',
  'alter table deliveries add column people text',
]
