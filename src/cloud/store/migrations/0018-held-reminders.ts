/** That a reminder waits for a mute or for hours is said once. */
export const statements: readonly string[] = [
  'alter table reminders add column held integer not null default 0',
]
