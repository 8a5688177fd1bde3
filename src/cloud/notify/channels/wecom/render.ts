import { renderMarkdown } from '../markdown.ts'

/** Leaves room for those who are mentioned. */
export const renderWecom = renderMarkdown({ maxBytes: 3_600, heading: true, lineBreak: '\n' })
