/**
 * Mail providers by name: where their SMTP servers are, and what they want as a password.
 * Hosts and ports: nodemailer's `well-known/services.json`; log-ins: the providers' help pages, from memory.
 */
export const PRESETS = {
  qq: { host: 'smtp.qq.com', port: 465 },
  '163': { host: 'smtp.163.com', port: 465 },
  exmail: { host: 'smtp.exmail.qq.com', port: 465 },
  aliyun: { host: 'smtp.aliyun.com', port: 465 },
  'aliyun-qiye': { host: 'smtp.qiye.aliyun.com', port: 465 },
  outlook: { host: 'smtp.office365.com', port: 587 },
  gmail: { host: 'smtp.gmail.com', port: 465 },
} as const

export type Preset = keyof typeof PRESETS

export const PRESET_NAMES = Object.keys(PRESETS) as Preset[]

const CODE =
  'takes an authorization code (授权码) as mail.password, not the password of the mailbox'

const LOG_INS: readonly (readonly [RegExp, string])[] = [
  [
    /(^|\.)exmail\.qq\.com$/,
    'exmail takes a client password (客户端专用密码) as mail.password where secure log-in is on: 设置 → 客户端设置',
  ],
  [/(^|\.)qq\.com$/, `QQ ${CODE}: 设置 → 账号 → 开启 SMTP 服务 → 生成授权码`],
  [/(^|\.)(163|126)\.com$|(^|\.)yeah\.net$/, `163 ${CODE}: 设置 → POP3/SMTP/IMAP → 开启 SMTP 服务`],
  [
    /(^|\.)aliyun\.com$/,
    'Aliyun wants the whole address as mail.user and, where the mailbox has one, its security password for clients (三方客户端安全密码)',
  ],
  [
    /(^|\.)(office365|outlook)\.com$/,
    'Microsoft lets passwords in only where SMTP AUTH is switched on for the mailbox; with two-step log-in an app password',
  ],
  [
    /(^|\.)(gmail|googlemail)\.com$/,
    'Gmail takes an app password as mail.password: myaccount.google.com/apppasswords',
  ],
]

/** What to do where the log-in is refused. */
export function logInAdvice(host: string): string {
  const known = LOG_INS.find(([pattern]) => pattern.test(host.toLowerCase()))
  const usual = 'check mail.user and mail.password'
  return known ? `${usual}: ${known[1]}` : `${usual}; many providers want an app password (授权码)`
}
