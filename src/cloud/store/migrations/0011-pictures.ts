/** What a mail shows, as SVG: so that a repeat is the same mail. */
export const statements: readonly string[] = ['alter table deliveries add column picture text']
