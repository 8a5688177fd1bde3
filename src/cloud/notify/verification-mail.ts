/** The mail that asks the owner of an address to confirm it. */
import { cutBytes, oneLine } from './channels/bounded-text.ts'
import { escaped, heading, link, page, quiet } from './channels/mail/html.ts'
import type { Contact, Message } from './ports.ts'

const MAX_NAME_BYTES = 60

const WORDS = {
  zh: {
    subject: '【TARS 云告警】请确认此邮箱接收告警',
    heading: '请确认接收告警的邮箱',
    what: (environment: string, name: string) =>
      `有人在环境「${environment}」中把此邮箱登记为联系人「${name}」。确认后，告警才会发送到这里。`,
    open: '打开确认页面',
    ignore:
      '链接 3 天内有效，打开后还需点击按钮。如果与您无关，忽略此邮件即可，不会再收到其他内容。',
  },
  en: {
    subject: '[TARS Alarm] Please confirm this mail address',
    heading: 'Confirm this mail address for alarms',
    what: (environment: string, name: string) =>
      `Somebody entered this address for the contact “${name}” of the environment “${environment}”. Alarms are sent here only after you confirm.`,
    open: 'Open the page to confirm',
    ignore:
      'The link works for 3 days, and the page asks once more. If this is not for you, ignore this mail: nothing else will come.',
  },
} as const

export function verificationMail(contact: Contact, environment: string, url: string): Message {
  const words = WORDS[contact.language]
  const what = words.what(bounded(environment), bounded(contact.name))
  return {
    subject: words.subject,
    text: `${words.heading}\n\n${what}\n\n${words.open}: ${url}\n\n${words.ignore}\n`,
    html: page({
      language: contact.language === 'zh' ? 'zh-CN' : 'en',
      title: words.subject,
      accent: '#1570ef',
      body: [
        heading(1, words.heading),
        `<p>${escaped(what)}</p>`,
        link(url, words.open),
        quiet(words.ignore),
      ],
    }),
  }
}

function bounded(name: string): string {
  return cutBytes(oneLine(name), MAX_NAME_BYTES)
}
