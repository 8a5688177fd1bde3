/** What was not taken is found without what was. */
export const statements: readonly string[] = [
  `create index deliveries_untaken on deliveries (environment, planned_at) where state != 'sent'`,
]
