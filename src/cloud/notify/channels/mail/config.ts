/** The mail server's settings: zod, so that the cloud's config says every fault at once. */
import addressparser from 'nodemailer/lib/addressparser'
import { z } from 'zod'
import { PRESET_NAMES, PRESETS, type Preset } from './presets.ts'

/** The one address in `from`, or undefined. */
export function senderAddress(from: string): string | undefined {
  const [only, more] = addressparser(from)
  if (!only || more || !('address' in only) || !isAddress(only.address)) return undefined
  return only.address
}

/** Whether mail can be sent there; says nothing about whether it exists. */
export function isAddress(text: string | undefined): text is string {
  return (
    text !== undefined &&
    text.length <= 254 &&
    /^[^\s@<>(),;:"\\[\]\p{Cc}]+@[^\s@<>(),;:"\\[\]\p{Cc}]+$/u.test(text)
  )
}

const noControl = z.string().regex(/^[^\p{Cc}]*$/u, 'must be one line')

/** YAML reads `163` as a number. */
const preset = z.union([z.enum(PRESET_NAMES), z.literal(163).transform((): Preset => '163')], {
  error: PRESET_NAMES.join(', '),
})

export const mailConfig = z
  .strictObject({
    /** A provider whose server and port are known. */
    preset: preset.optional(),
    /** Name or address of the SMTP server. */
    host: noControl.min(1).optional(),
    /** Default: that of the preset; 465, or 587 with `tls: starttls`, or 25 with `tls: none`. */
    port: z.int().min(1).max(65_535).optional(),
    /**
     * `auto`: TLS from the start on ports 465 and 994, else STARTTLS, which a server on another machine
     * must offer; where it is the other way round that is found out. `none` is for a relay on a network you trust.
     */
    tls: z.enum(['auto', 'implicit', 'starttls', 'none']).default('auto'),
    /** With `auto`: without TLS where the server offers none. */
    allow_plain: z.boolean().optional(),
    /** PEM file of the authority that signed the server's certificate, besides the well-known ones. */
    ca_file: z.string().optional(),
    /** Whether owners of addresses are asked before alarms are sent there. Default: where there is a `public_url`. */
    verify: z.boolean().optional(),
    user: noControl.optional(),
    password: z.string().optional(),
    /** File that holds the password in its first line. */
    password_file: z.string().optional(),
    /** `alarm@example.com` or `TARS <alarm@example.com>`. */
    from: noControl.refine((from) => senderAddress(from) !== undefined, {
      error: 'must hold one mail address such as "TARS <alarm@example.com>"',
    }),
  })
  .superRefine(({ preset, host, user, password, password_file }, context) => {
    if (preset === undefined && host === undefined)
      context.addIssue({
        code: 'custom',
        path: ['host'],
        message: `needs a host, or a preset: ${PRESET_NAMES.join(', ')}`,
      })
    const given = [password, password_file].filter((secret) => secret !== undefined).length
    if (given > 1)
      context.addIssue({
        code: 'custom',
        path: ['password'],
        message: 'give password or password_file, not both',
      })
    if (user !== undefined && given === 0)
      context.addIssue({
        code: 'custom',
        path: ['user'],
        message: 'needs password or password_file',
      })
    if (user === undefined && given > 0)
      context.addIssue({ code: 'custom', path: ['password'], message: 'needs user' })
  })
  .transform(({ preset, ...given }) => {
    const known = preset && PRESETS[preset]
    const host = given.host ?? known?.host ?? ''
    // With a TLS of its own the usual port of that.
    const port = given.port ?? (given.tls === 'auto' ? known?.port : undefined)
    return { ...given, host, ...(port !== undefined && { port }) }
  })

export type MailConfig = z.infer<typeof mailConfig>
