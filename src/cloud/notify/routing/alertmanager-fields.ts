/** Fields of `alertmanager.yml` that have no place here, and why. Source: alertmanager `config/`, 0.27 to 0.34. */

const OWN_MAIL = 'mails go out by the mail server of the cloud, with its texts'
const OWN_TEXT = 'messages have the texts of the cloud'
const OWN_HTTP = 'webhooks are called as the cloud calls them; headers are set where the webhook is'
const ALWAYS = 'that an alarm is over is told to who was told of it'

/** Of the file. */
export const FILE_FIELDS: Readonly<Record<string, string>> = {
  templates: OWN_TEXT,
  tracing: 'how Alertmanager itself is watched',
  event_recorder: 'how Alertmanager itself is watched',
}

/** `email_configs` beside `to`. */
export const EMAIL_FIELDS: Readonly<Record<string, string>> = {
  send_resolved: ALWAYS,
  ...said(['headers', 'html', 'text', 'threading'], OWN_TEXT),
  ...said(['from', 'hello', 'smarthost', 'require_tls', 'tls_config'], OWN_MAIL),
  ...said(['auth_username', 'auth_password', 'auth_password_file', 'auth_secret'], OWN_MAIL),
  ...said(['auth_secret_file', 'auth_identity', 'force_implicit_tls'], OWN_MAIL),
}

/** `webhook_configs` beside `url`. */
export const WEBHOOK_FIELDS: Readonly<Record<string, string>> = {
  send_resolved: ALWAYS,
  ...said(['http_config', 'timeout'], OWN_HTTP),
  url_file: 'the cloud reads no files of that machine',
  max_alerts: 'a message tells of 100 alarms at the most',
  payload: OWN_TEXT,
}

/** Other kinds of receivers. */
export const OTHER_CONFIGS: Readonly<Record<string, string>> = {
  ...said(
    [
      ...['discord', 'incidentio', 'jira', 'mattermost', 'msteams', 'msteamsv2', 'opsgenie'],
      ...['pagerduty', 'pushover', 'rocketchat', 'slack', 'sns', 'telegram', 'victorops', 'webex'],
    ].map((kind) => `${kind}_configs`),
    'there is no channel of this kind',
  ),
  wechat_configs:
    'an application of WeCom is another thing than its robots: add a robot as channel',
}

const GLOBAL_PREFIXES = [
  ...['smtp', 'slack', 'pagerduty', 'opsgenie', 'wechat', 'victorops', 'telegram', 'webex'],
  ...['rocketchat', 'mattermost', 'jira'],
]

/** Why this field of `global` is not taken over; undefined: Alertmanager does not know it. */
export function globalReason(name: string): string | undefined {
  if (name === 'resolve_timeout') return 'alarms say themselves when they are over'
  if (name === 'http_config') return OWN_HTTP
  const prefix = GLOBAL_PREFIXES.find((one) => name.startsWith(`${one}_`))
  if (prefix === undefined) return undefined
  return prefix === 'smtp' ? OWN_MAIL : 'there is no channel of this kind'
}

function said(names: readonly string[], why: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, why]))
}
