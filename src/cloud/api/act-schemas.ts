/** How acts on alarms are taken and shown. */
import { z } from 'zod'
import { ACT_KINDS } from '../notify/acts/act.ts'
import { unixMs } from './schemas.ts'

const MAX_NOTE = 500
const noteText = `up to ${MAX_NOTE} characters on one line`

export const actKind = z.enum(ACT_KINDS, 'acknowledge, snooze, close, undo or note')
export const actNote = z
  .string(noteText)
  .trim()
  .max(MAX_NOTE, noteText)
  .regex(/^\P{Cc}*$/u, noteText)

export const actBody = z
  .strictObject({
    kind: actKind,
    /** Must be there to close it, and in a note. */
    note: actNote.default(''),
    /** Of a snooze: within 7 days. */
    untilMs: z.int('a time in ms').min(0).optional(),
  })
  .superRefine(({ kind, note, untilMs }, context) => {
    const say = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (kind === 'close' && note === '') say('note', 'what was done about it')
    if (kind === 'note' && note === '') say('note', 'what there is to say')
    if (kind === 'snooze' && untilMs === undefined) say('untilMs', 'a time in ms')
  })

export const actView = z.object({
  kind: actKind,
  atMs: unixMs,
  /** Name of the user, or of the contact or receiver whose link it was. */
  by: z.string(),
  byLink: z.boolean(),
  note: z.string(),
  untilMs: unixMs.optional(),
})
