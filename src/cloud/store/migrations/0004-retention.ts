/** How long series of an environment are kept, whole days; null: as long as the cloud does by default. */
export const statements: readonly string[] = [
  'alter table environments add column retention_days bigint',
  'alter table environments add column hourly_retention_days bigint',
]
