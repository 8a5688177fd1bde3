/** The cloud's config file: defaults, strict parse, all faults at once. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { parseDurationMs } from '../support/duration.ts'
import { Failure, messageOf } from '../support/failure.ts'
import { mailConfig } from './notify/channels/mail/config.ts'
import { DEFAULT_RULE_PATTERNS } from './rules/load.ts'

export class ConfigFailure extends Failure<'unreadable' | 'invalid'> {}

const duration = z.string().transform((text, context) => {
  const ms = parseDurationMs(text)
  if (ms !== undefined) return ms
  context.addIssue(`'${text}' is no duration such as 10m or 1h30m`)
  return z.NEVER
})

const listen = z.string().transform((text, context) => {
  const parts = /^(.*):(\d{1,5})$/.exec(text)
  const host = parts?.[1]?.replace(/^\[(.*)\]$/, '$1') ?? ''
  const port = Number(parts?.[2])
  if (parts && port <= 65_535 && (isIP(host) || /^[\w.-]+$/.test(host))) return { host, port }
  context.addIssue(`'${text}' is no address such as 127.0.0.1:8800`)
  return z.NEVER
})

const pattern = z
  .string()
  .regex(/^[^/]{1,200}$/, "a name of files such as alerting_rule*.yaml, without '/'")

const address = z.url({
  protocol: /^https?$/,
  error: 'expected an address such as https://alarm.example.com',
})

const MIN_HEARTBEAT_MS = 10_000
/** Data may come so late. */
const MIN_RETENTION_MS = 26 * 3600_000

const settings = z.strictObject({
  /** Where console and ingest listen. Beyond loopback put TLS in front or give `tls`. */
  listen: listen.prefault('127.0.0.1:8800'),
  /** How people reach the console: links in mails. */
  public_url: address.optional(),
  tls: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
  /** Folder of everything the cloud keeps. */
  data: z.string().default('data'),
  /** Files or folders of rule files. */
  rules: z.array(z.string()).min(1).optional(),
  /** Which files of such folders are rule files: names with `*` and `?`. */
  rule_patterns: z
    .array(pattern)
    .min(1)
    .default([...DEFAULT_RULE_PATTERNS]),
  /** Of one kind of alarm one message within this time; the rest is held back for the digest. */
  convergence: duration.prefault('10m'),
  /** How long series are kept as they came, unless their environment says otherwise; after that by the hour. */
  retention: duration.prefault('8d').refine((ms) => ms >= MIN_RETENTION_MS, {
    error: 'at least 26h: data may come 25 h late',
  }),
  /** How long they are kept by the hour. */
  hourly_retention: duration.prefault('400d'),
  /**
   * `on`: what has one cause is told once; an alarm whose cause may be another waits for that, up to a report interval.
   * `explain`: each is told, and at once, with what is known of it; `off`: as it fires.
   */
  root_cause: z.enum(['on', 'explain', 'off']).default('on'),
  mail: mailConfig.optional(),
  /** Gets a POST every so often while the cloud does its work: whoever misses it tells that it does not. */
  heartbeat: z
    .strictObject({
      url: address,
      every: duration
        .prefault('1m')
        .refine((ms) => ms >= MIN_HEARTBEAT_MS, { error: 'at least 10s' }),
    })
    .optional(),
  /** Whether receivers may have private and loopback addresses, and plain http: who edits them then reaches these. */
  allow_private_webhooks: z.boolean().default(false),
  log_level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})

const schema = settings.superRefine(({ mail, public_url }, context) => {
  if (!mail?.verify || public_url !== undefined) return
  const message = 'needs public_url: the link in the mail that asks to confirm an address'
  context.addIssue({ code: 'custom', path: ['mail', 'verify'], message })
})

export type CloudConfig = z.infer<typeof schema>

/** Settings without a file. */
export function defaultCloudConfig(): CloudConfig {
  return schema.parse({})
}

/**
 * Reads a config file; relative paths in it are relative to it.
 * @throws {ConfigFailure} with every fault on its own line, `file:line: key: what was expected`.
 */
export function readCloudConfig(file: string): CloudConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigFailure('unreadable', `cannot read config ${file}: ${messageOf(error)}`, {
      cause: error,
    })
  }
  return anchored(parseCloudConfig(text, file), dirname(resolve(file)))
}

/** Parses the text of `file`; paths stay as written. */
export function parseCloudConfig(text: string, file: string): CloudConfig {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true })
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  const faults = document.errors.map((error) => `${file}:${lineAt(error.pos[0])}: ${error.message}`)
  if (faults.length > 0) throw new ConfigFailure('invalid', faults.join('\n'))
  const parsed = schema.safeParse(plain(document, file) ?? {})
  if (parsed.success) return parsed.data
  const found = parsed.error.issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    return keys.map((key) => {
      const path = [...issue.path, ...(key === undefined ? [] : [key])].map(String)
      const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined
      const line = node?.range ? lineAt(node.range[0]) : 1
      const what = key === undefined ? issue.message : 'unknown key'
      return { line, text: `${file}:${line}: ${path.join('.')}: ${what}` }
    })
  })
  const lines = found.sort((a, b) => a.line - b.line).map(({ text }) => text)
  throw new ConfigFailure('invalid', lines.join('\n'))
}

function plain(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    // Aliases that lead nowhere, or to very much.
    throw new ConfigFailure('invalid', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

function anchored(config: CloudConfig, folder: string): CloudConfig {
  const { rules, tls, mail } = config
  return {
    ...config,
    data: resolve(folder, config.data),
    ...(rules && { rules: rules.map((path) => resolve(folder, path)) }),
    ...(tls && { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } }),
    ...(mail && {
      mail: {
        ...mail,
        ...(mail.ca_file && { ca_file: resolve(folder, mail.ca_file) }),
        ...(mail.password_file && { password_file: resolve(folder, mail.password_file) }),
      },
    }),
  }
}
