/** HTML that mail clients show alike: tables, inline styles; a style sheet only for phones and the dark. */
import { straight } from '../bounded-text.ts'
import type { Row } from '../news.ts'
import type { Words } from '../words.ts'

/** Markup; everything else must go through `escaped`. */
export type Html = string

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escaped(text: string): Html {
  return straight(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replace(/[\p{Cc}--[\n\t]]/gv, '')
}

const FONT =
  "font-family:-apple-system,'PingFang SC','Microsoft YaHei','Segoe UI',Roboto,sans-serif"
const CELL = 'padding:8px 10px;border:1px solid #dfe3e8;text-align:left;vertical-align:top'
const WRAP = 'white-space:pre-wrap;word-break:break-word;overflow-wrap:anywhere'

const SHEET = `
@media (max-width:540px){
.card-cell{padding:16px 12px!important}
h1{font-size:18px!important}
.grid{font-size:12px!important}
.grid th,.grid td{padding:6px 5px!important}
.rows tr.names{display:none!important}
.rows tr.row{display:block!important;border:1px solid #dfe3e8!important;margin:0 0 8px!important;padding:8px 10px!important}
.rows tr.row td{display:block!important;border:0!important;padding:2px 0!important;width:auto!important}
.rows tr.row td.brief{display:inline-block!important;padding-right:12px!important;color:#667085!important}
}
@media (prefers-color-scheme:dark){
body,.page{background:#15181c!important}
.card{background:#1f242a!important;border-left-color:#39414a!important;border-right-color:#39414a!important;border-bottom-color:#39414a!important}
h1,h2,td,p{color:#e6e9ed!important}
th{background:#2a3138!important;color:#c3c9d0!important;border-color:#39414a!important}
td,.rows tr.row{border-color:#39414a!important}
.quiet,.rows tr.row td.brief{color:#9aa4af!important}
a{color:#7db3ff!important}
}`

export interface Page {
  readonly language: string
  readonly title: string
  /** Colour of the edge above: how bad it is. */
  readonly accent: string
  readonly body: readonly Html[]
}

export function page({ language, title, accent, body }: Page): Html {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<title>${escaped(title)}</title><style>${SHEET}
</style></head>
<body style="margin:0;padding:0;background:#f3f5f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f5f7">
<tr><td align="center" style="padding:16px 8px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:760px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid ${accent}">
<tr><td class="card-cell" style="padding:22px 24px;${FONT};font-size:14px;line-height:1.6;color:#1d2733">
${body.join('\n')}
</td></tr></table>
</td></tr></table>
</body></html>
`
}

export function heading(level: 1 | 2, text: string): Html {
  const style = level === 1 ? 'margin:0 0 12px;font-size:20px' : 'margin:24px 0 12px;font-size:16px'
  return `<h${level} style="${style};line-height:1.4;color:#1d2733;overflow-wrap:anywhere">${escaped(text)}</h${level}>`
}

export function paragraph(text: string): Html {
  return `<p style="margin:0 0 12px;color:#1d2733;overflow-wrap:anywhere">${escaped(text)}</p>`
}

export function quiet(text: string): Html {
  return `<p class="quiet" style="margin:8px 0 0;font-size:12px;color:#667085;overflow-wrap:anywhere">${escaped(text)}</p>`
}

export function link(url: string, text: string): Html {
  return `<p style="margin:16px 0 0"><a href="${escaped(url)}" style="color:#1668dc">${escaped(text)}</a></p>`
}

/** 时间 / IP / 标题 / 内容; on a phone each row is a block. */
export function rowTable(rows: readonly Row[], { time, ip, title, content }: Words): Html {
  const names = [time, ip, title, content]
    .map(
      (name) =>
        `<th style="${CELL};background:#f3f5f7;font-weight:600;white-space:nowrap">${escaped(name)}</th>`,
    )
    .join('')
  const lines = rows.map(
    (row) => `<tr class="row">
<td class="brief" style="${CELL};width:76px">${escaped(row.time)}</td>
<td class="brief" style="${CELL};width:100px;overflow-wrap:anywhere">${escaped(row.ip)}</td>
<td style="${CELL};width:22%;font-weight:600;${WRAP}">${escaped(row.title)}</td>
<td style="${CELL};${WRAP}">${escaped(row.content)}</td>
</tr>`,
  )
  return `<table class="rows" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:13px">
<tr class="names">${names}</tr>
${lines.join('\n')}
</table>`
}

/** Names and values, one below the other. */
export function fieldTable(fields: readonly (readonly [string, string])[]): Html {
  const lines = fields.map(
    ([name, value]) =>
      `<tr><th scope="row" style="${CELL};background:#f3f5f7;font-weight:600;white-space:nowrap;width:72px">${escaped(name)}</th><td style="${CELL};${WRAP}">${escaped(value)}</td></tr>`,
  )
  return `<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:13px">
${lines.join('\n')}
</table>`
}

/**
 * A small table as it is, also on a phone: names above, where there are any; the first column takes the room there is,
 * and is broken where a name has a dot; what is as short as a time is not broken in the others.
 */
export function grid(names: readonly string[], rows: readonly (readonly string[])[]): Html {
  const head = names
    .map(
      (name) =>
        `<th style="${CELL};background:#f3f5f7;font-weight:600;white-space:nowrap">${escaped(name)}</th>`,
    )
    .join('')
  const lines = rows.map((row) => `<tr>${row.map(gridCell).join('')}</tr>`)
  return `<table class="grid" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:13px;margin:8px 0 0">
${head === '' ? '' : `<tr>${head}</tr>\n`}${lines.join('\n')}
</table>`
}

/** Such as `2026-11-21 17:20:00`. */
const SHORT_CHARS = 20

function gridCell(text: string, column: number): Html {
  if (column === 0) return `<td style="${CELL};${WRAP}">${breakable(escaped(text))}</td>`
  const wrap = text.length <= SHORT_CHARS ? 'white-space:nowrap' : WRAP
  return `<td style="${CELL};${wrap}">${escaped(text)}</td>`
}

/** A name such as `App.Server` goes on in the next line behind its dot, rather than in the middle of a word. */
function breakable(text: Html): Html {
  return text.replace(/\.(?=\p{L})/gu, '.<wbr>')
}
