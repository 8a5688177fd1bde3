import { renderMarkdown } from '../markdown.ts'

/** The subject is the head of the card. */
export const renderFeishu = renderMarkdown({ maxBytes: 14_000, heading: false, lineBreak: '\n' })
