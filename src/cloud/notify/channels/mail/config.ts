/** The mail server's settings: zod, so that the cloud's config says every fault at once. */
import addressparser from 'nodemailer/lib/addressparser'
import { z } from 'zod'

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

export const mailConfig = z
  .strictObject({
    /** Name or address of the SMTP server. */
    host: noControl.min(1),
    /** Default: 465, or 587 with `tls: starttls`, or 25 with `tls: none`. */
    port: z.int().min(1).max(65_535).optional(),
    /**
     * `auto`: TLS from the start on ports 465 and 994, else STARTTLS, which a server on another machine
     * must offer. `none` is for a relay on a network you trust.
     */
    tls: z.enum(['auto', 'implicit', 'starttls', 'none']).default('auto'),
    /** PEM file of the authority that signed the server's certificate, besides the well-known ones. */
    ca_file: z.string().optional(),
    user: noControl.optional(),
    password: z.string().optional(),
    /** File that holds the password in its first line. */
    password_file: z.string().optional(),
    /** `alarm@example.com` or `TARS <alarm@example.com>`. */
    from: noControl.refine((from) => senderAddress(from) !== undefined, {
      error: 'must hold one mail address such as "TARS <alarm@example.com>"',
    }),
  })
  .superRefine(({ user, password, password_file }, context) => {
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

export type MailConfig = z.infer<typeof mailConfig>
