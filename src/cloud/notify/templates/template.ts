/** What people made of messages: texts in Liquid instead of ours. */
import type { UnixMs } from '../../../model/time.ts'
import { VALUES } from '../channels/aliyun/settings.ts'
import type { Language } from '../ports.ts'

const ROBOT = ['subject', 'text'] as const

/**
 * The parts of a message that have a text. A mail's `html` stands in our frame, above the picture; the end of a message
 * (links, who sends it) and the sign of its level stay ours. A webhook has Alertmanager's payload.
 */
export const PARTS = {
  mail: ['subject', 'text', 'html'],
  dingtalk: ROBOT,
  wecom: ROBOT,
  feishu: ROBOT,
  'aliyun-sms': VALUES,
  'aliyun-voice': VALUES,
} as const

export type TemplateKind = keyof typeof PARTS
export const TEMPLATE_KINDS = Object.keys(PARTS) as TemplateKind[]

/** Of a part, in characters. */
export const MAX_PART_CHARS = 16_000

/** For what an environment tells over one kind of channel in one language. */
export interface Template {
  readonly environment: string
  readonly kind: TemplateKind
  readonly language: Language
  /** By name, as `PARTS` has them; one that is absent or blank is as by default. */
  readonly parts: Parts
}

export type Parts = Readonly<Record<string, string>>

export interface StoredTemplate extends Template {
  /** Messages it could not be used for since it was saved: they went out as by default. */
  readonly failed?: { readonly at: UnixMs; readonly why: string; readonly count: number }
}

export interface TemplateStore {
  /** Of all environments. */
  templates(): Promise<StoredTemplate[]>
  /** What failed before is forgotten. */
  saveTemplate(template: Template): Promise<void>
  removeTemplate(environment: string, kind: TemplateKind, language: Language): Promise<boolean>
  templateFailed(
    template: Pick<Template, 'environment' | 'kind' | 'language'>,
    failed: NonNullable<StoredTemplate['failed']>,
  ): Promise<void>
}
