/** The page behind a link of a message, as HTML that needs no script. Pure. */
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from '../alerts/alert.ts'
import { type Act, HANDLING_KINDS, handlingAt, newestOf } from '../notify/acts/act.ts'
import { localTime } from '../notify/channels/local-time.ts'
import { escaped } from '../notify/channels/mail/html.ts'
import { titleOf } from '../notify/channels/news.ts'
import { WORDS } from '../notify/channels/words.ts'
import type { Contact, Language } from '../notify/ports.ts'
import { ACT_PAGE_WORDS, type ActPageWords } from './act-page-words.ts'

/** Of a snooze. */
export const HOURS = ['1', '4', '24', '72'] as const

export type Refusal = 'forged' | 'expired' | 'gone' | 'throttled'

/** What there is to be seen of an alarm, by whom. */
export interface ActPage {
  readonly link: string
  readonly environmentName: string
  readonly alert: Alert
  /** Oldest first. */
  readonly acts: readonly Act[]
  readonly reader: Contact
  readonly now: UnixMs
  /** What became of the form that was sent. */
  readonly outcome?: 'done' | 'over' | 'noteMissing'
}

export function actPage(page: ActPage): string {
  const { alert, reader, environmentName, now, acts, outcome } = page
  const words = ACT_PAGE_WORDS[reader.language]
  const time = localTime(reader.timeZone)
  const state = handlingAt(newestOf(acts), now)
  const isOver = alert.state !== 'firing' || state === 'closed'
  const facts: [string, string][] = [
    [words.environment, environmentName],
    [words.level, words.levels[alert.severity]],
    [words.fired, `${time.text(alert.firedAt ?? alert.activeAt)} ${time.zone(now)}`],
  ]
  const title = titleOf(alert, { ...reader, words: WORDS[reader.language], time })
  return whole(reader.language, [
    `<h1>${escaped(words.heading(serviceOf(alert.labels) || environmentName))}</h1>`,
    `<p class="what">${escaped(title)}</p>`,
    `<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`,
    ...(outcome ? [`<p class="${outcome}" role="status">${escaped(words[outcome])}</p>`] : []),
    ...actsList(page, words),
    ...(isOver ? (outcome ? [] : [`<p>${escaped(words.over)}</p>`]) : [formOf(page, words)]),
    `<p class="quiet">${escaped(words.you(reader.name))}</p>`,
    consoleLink(
      words,
      `./#/environments/${[alert.environment, 'alarms', alert.id].map(encodeURIComponent).join('/')}`,
    ),
  ])
}

/** In both languages: nobody knows who reads it. */
export function refusalPage(refusal: Refusal): string {
  const texts = [ACT_PAGE_WORDS.zh, ACT_PAGE_WORDS.en]
  return whole('zh', [
    ...texts.map((words) => `<p>${escaped(words[refusal])}</p>`),
    ...texts.map((words) => consoleLink(words, './')),
  ])
}

const STATES = {
  ...({ acknowledge: 'acknowledged', snooze: 'snoozed', close: 'closed' } as const),
  ...({ undo: 'undone', note: 'noted' } as const),
}
const MAX_SHOWN = 10

/** Newest first. */
function actsList({ acts, reader }: ActPage, words: ActPageWords): string[] {
  const time = localTime(reader.timeZone)
  const lines = acts.slice(-MAX_SHOWN).toReversed()
  if (lines.length === 0) return []
  const items = lines.map(({ kind, by, at, until, note }) => {
    const state = [words.states[STATES[kind]], until ? words.until(time.text(until)) : '']
    const text = [...state, words.by(by, time.text(at)), note].filter(Boolean).join(' · ')
    return `<li>${escaped(text)}</li>`
  })
  return [`<ul>${items.join('')}</ul>`]
}

function formOf({ link }: ActPage, words: ActPageWords): string {
  const kinds = HANDLING_KINDS.map((kind) => {
    const checked = kind === 'acknowledge' ? ' checked' : ''
    const input = `<input type="radio" name="kind" value="${kind}"${checked}>`
    const more = kind === 'snooze' ? hoursOf(words) : ''
    return `<p class="kind"><label>${input} ${escaped(words.kinds[kind])}</label>${more}</p>`
  })
  // Relative, so that the cloud may be reached below a path.
  return `<form method="post" action="act">
<input type="hidden" name="link" value="${escaped(link)}">
${kinds.join('\n')}
<p><label>${escaped(words.note)}<input type="text" name="note" maxlength="500" autocomplete="off"></label></p>
<p><button type="submit">${escaped(words.submit)}</button></p>
</form>`
}

function hoursOf(words: ActPageWords): string {
  const options = HOURS.map(
    (hours) => `<option value="${hours}">${escaped(words.hours[hours])}</option>`,
  )
  return ` <select name="hours" aria-label="${escaped(words.states.snoozed)}">${options.join('')}</select>`
}

function consoleLink(words: ActPageWords, path: string): string {
  return `<p><a href="${escaped(path)}">${escaped(words.console)}</a></p>`
}

function whole(language: Language, body: readonly string[]): string {
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(ACT_PAGE_WORDS[language].title)}</title>
<link rel="stylesheet" href="act.css"></head>
<body><main>
${body.join('\n')}
</main></body></html>
`
}

export const ACT_CSS = `
:root{color-scheme:light dark}
body{margin:0;background:#f3f5f7;color:#1d2733;font:15px/1.6 -apple-system,'PingFang SC','Microsoft YaHei','Segoe UI',Roboto,sans-serif}
main{max-width:560px;margin:24px auto;padding:20px 24px;background:#fff;border:1px solid #dfe3e8;border-top:4px solid #d92d20}
h1{font-size:20px;margin:0 0 8px}
.what{font-weight:600;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}
dd{margin:0;overflow-wrap:anywhere}
dt,.quiet{color:#667085}
ul{padding:8px 12px 8px 28px;background:#f3f5f7;overflow-wrap:anywhere}
.kind{margin:8px 0}
input[type=text]{display:block;box-sizing:border-box;width:100%;padding:8px;font:inherit}
select{font:inherit}
button{padding:10px 28px;border:0;border-radius:4px;background:#1668dc;color:#fff;font:inherit;cursor:pointer}
.done{padding:8px 12px;background:#ecfdf3;color:#027a48}
.over,.noteMissing{padding:8px 12px;background:#fffaeb;color:#93370d}
a{color:#1668dc}
@media (max-width:600px){main{margin:0;border-left:0;border-right:0}}
@media (prefers-color-scheme:dark){
body{background:#15181c;color:#e6e9ed}main{background:#1f242a;border-color:#39414a}ul{background:#2a3138}
dt,.quiet{color:#9aa4af}a{color:#7db3ff}
}
`
