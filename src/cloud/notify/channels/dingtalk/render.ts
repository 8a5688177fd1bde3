import { renderMarkdown } from '../markdown.ts'

/** Its markdown breaks a line only where two spaces end it. Room for mentions, title and JSON is left. */
export const renderDingtalk = renderMarkdown({ maxBytes: 14_000, heading: true, lineBreak: '  \n' })
