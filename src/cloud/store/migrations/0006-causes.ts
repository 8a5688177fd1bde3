/**
 * Where an alert stands in the search for its cause, and what is known of that (JSON). News that waits for its cause:
 * until when at the latest, and with which story it goes out.
 */
export const statements: readonly string[] = [
  'alter table alerts add column standing text',
  'alter table alerts add column story text',
  'alter table alert_changes add column alert text',
  'alter table alert_changes add column hold_until bigint',
  'alter table alert_changes add column story text',
  'create index alert_changes_held on alert_changes (hold_until) where hold_until is not null',
]
