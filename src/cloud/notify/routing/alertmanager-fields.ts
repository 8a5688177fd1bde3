/** Fields of `alertmanager.yml` that have no place here, and why. Source: alertmanager `config/`, 0.27 to 0.34. */

/** Closed: the console has a text for each. */
export type LeftReason =
  /** Mails go out by the mail server of the cloud. */
  | 'own-mail-server'
  /** Messages have the texts of the cloud, or templates made here. */
  | 'own-texts'
  /** Webhooks are called as the cloud calls them; headers are set where the webhook is. */
  | 'own-http'
  /** That an alarm is over is told to who was told of it. */
  | 'over-is-told'
  /** It is about Alertmanager itself. */
  | 'about-alertmanager'
  | 'no-such-channel'
  /** An application of WeCom is another thing than a robot of it, which can be a channel. */
  | 'wecom-app'
  /** The cloud reads no files of that machine. */
  | 'file'
  /** A message tells of 100 alarms at the most. */
  | 'own-limit'
  /** Alarms say themselves when they are over. */
  | 'own-end'
  | 'no-labels'
  /** Taken over, but levels are ERROR, WARN and INFO here. */
  | 'other-levels'
  /** Whoever has this name here already is told instead. */
  | 'name-is-there'
  /** The channel that an import before made stays as it is. */
  | 'channel-is-there'
  | 'no-address'
  | 'no-url'

type Reasons = Readonly<Record<string, LeftReason>>

/** Of the file. */
export const FILE_FIELDS: Reasons = {
  templates: 'own-texts',
  tracing: 'about-alertmanager',
  event_recorder: 'about-alertmanager',
}

/** `email_configs` beside `to`. */
export const EMAIL_FIELDS: Reasons = {
  send_resolved: 'over-is-told',
  ...said(['headers', 'html', 'text', 'threading'], 'own-texts'),
  ...said(['from', 'hello', 'smarthost', 'require_tls', 'tls_config'], 'own-mail-server'),
  ...said(['auth_username', 'auth_password', 'auth_password_file'], 'own-mail-server'),
  ...said(['auth_secret', 'auth_secret_file', 'auth_identity'], 'own-mail-server'),
  force_implicit_tls: 'own-mail-server',
}

/** `webhook_configs` beside `url`. */
export const WEBHOOK_FIELDS: Reasons = {
  send_resolved: 'over-is-told',
  ...said(['http_config', 'timeout'], 'own-http'),
  ...{ url_file: 'file', max_alerts: 'own-limit', payload: 'own-texts' },
}

/** Other kinds of receivers. */
export const OTHER_CONFIGS: Reasons = {
  ...said(
    [
      ...['discord', 'incidentio', 'jira', 'mattermost', 'msteams', 'msteamsv2', 'opsgenie'],
      ...['pagerduty', 'pushover', 'rocketchat', 'slack', 'sns', 'telegram', 'victorops', 'webex'],
    ].map((kind) => `${kind}_configs`),
    'no-such-channel',
  ),
  wechat_configs: 'wecom-app',
}

const GLOBAL_PREFIXES = [
  ...['smtp', 'slack', 'pagerduty', 'opsgenie', 'wechat', 'victorops', 'telegram', 'webex'],
  ...['rocketchat', 'mattermost', 'jira'],
]

/** Why this field of `global` is not taken over; undefined: Alertmanager does not know it. */
export function globalReason(name: string): LeftReason | undefined {
  if (name === 'resolve_timeout') return 'own-end'
  if (name === 'http_config') return 'own-http'
  const prefix = GLOBAL_PREFIXES.find((one) => name.startsWith(`${one}_`))
  if (prefix === undefined) return undefined
  return prefix === 'smtp' ? 'own-mail-server' : 'no-such-channel'
}

function said(names: readonly string[], reason: LeftReason): Record<string, LeftReason> {
  return Object.fromEntries(names.map((name) => [name, reason]))
}
