/** Texts of messages that people edit, as the API tells. */
import { call, place } from './call.ts'
import type { Language } from './cloud.ts'

export const TEMPLATE_KINDS = [
  'mail',
  'dingtalk',
  'wecom',
  'feishu',
  'aliyun-sms',
  'aliyun-voice',
] as const
export type TemplateKind = (typeof TEMPLATE_KINDS)[number]

/** By the name of the part. */
export type Parts = Readonly<Record<string, string>>

export interface Template {
  readonly kind: TemplateKind
  readonly language: Language
  readonly parts: Parts
  readonly failed?: { readonly atMs: number; readonly why: string; readonly count: number }
}

export interface Variable {
  readonly name: string
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'labels'
  readonly about: string
  readonly example: string
}

export interface Templates {
  readonly templates: readonly Template[]
  readonly kinds: readonly { readonly kind: TemplateKind; readonly starter: Parts }[]
  readonly variables: readonly Variable[]
}

export interface Preview {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly faults: readonly { readonly part: string; readonly why: string }[]
}

export function templates(environment: string, language: Language): Promise<Templates> {
  return call('GET', `${place(environment, 'templates')}?language=${language}`)
}

const path = (environment: string, { kind, language }: Pick<Template, 'kind' | 'language'>) =>
  place(environment, 'templates', kind, language)

export async function saveTemplate(environment: string, template: Template): Promise<void> {
  await call('PUT', path(environment, template), { parts: template.parts })
}

/** Messages are as by default again. */
export async function removeTemplate(
  environment: string,
  of: Pick<Template, 'kind' | 'language'>,
): Promise<void> {
  await call('DELETE', path(environment, of))
}

export async function previewTemplate(
  environment: string,
  { parts, ...of }: Template,
  about: { readonly alarm?: string; readonly over: boolean },
): Promise<Preview> {
  const body = { parts, ...about }
  return (await call<{ preview: Preview }>('POST', `${path(environment, of)}/preview`, body))
    .preview
}

/** A mail's page for a frame without scripts: the console allows it neither styles of its own nor pictures. */
export function bareHtml(html: string): string {
  // Before it is parsed: a parser of the browser complains of styles, too.
  const plain = html
    .replace(/<style[\s\S]*?<\/style\s*>/gi, '')
    .replace(/\sstyle\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, '')
  const page = new DOMParser().parseFromString(plain, 'text/html')
  const others = 'style, script, link, meta, img, base, iframe, object, embed, form'
  for (const element of page.querySelectorAll(others)) element.remove()
  return page.documentElement.outerHTML
}
