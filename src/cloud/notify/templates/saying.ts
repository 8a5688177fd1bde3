/** The parts of a template, compiled, and what they say. */
import { messageOf } from '../../../support/failure.ts'
import type { Said, Surroundings } from '../channels/channel.ts'
import { escaped } from '../channels/mail/html.ts'
import { harmless } from '../channels/markdown.ts'
import type { Notice } from '../notice.ts'
import { type Compiled, Engine } from './engine.ts'
import { PARTS, type Parts, type TemplateKind } from './template.ts'
import { SHAPE, valuesOf } from './variables.ts'

const ENGINES = {
  plain: new Engine((text) => text, SHAPE),
  // Of what others wrote no link, mention or tag is made.
  markdown: new Engine(harmless, SHAPE),
  html: new Engine((text) => escaped(text).replaceAll('\n', '<br>'), SHAPE),
}

function engineOf(kind: TemplateKind, part: string): Engine {
  if (part === 'html') return ENGINES.html
  return part === 'text' && kind !== 'mail' ? ENGINES.markdown : ENGINES.plain
}

export type CompiledParts = ReadonlyMap<string, Compiled>

/** A part that does not compile fails when it is rendered. */
export function compiledParts(kind: TemplateKind, parts: Parts): CompiledParts {
  return new Map(used(parts).map(([part, text]) => [part, compiledOrFailing(kind, part, text)]))
}

function compiledOrFailing(kind: TemplateKind, part: string, text: string): Compiled {
  try {
    return engineOf(kind, part).compile(text)
  } catch (failure) {
    return {
      render() {
        throw failure
      },
    }
  }
}

/** What they say; a part that comes out blank is as by default. @throws {TemplateFailure} */
export function saidBy(compiled: CompiledParts, notice: Notice, surroundings: Surroundings): Said {
  const values = valuesOf(notice, surroundings)
  const said = [...compiled].map(([part, one]) => [part, one.render(values).trim()] as const)
  return Object.fromEntries(said.filter(([, text]) => text !== ''))
}

/** What is wrong with a part. */
export interface PartFault {
  readonly part: string
  readonly why: string
}

/** What of `parts` does not parse, names what is not known, or cannot be rendered of a sample. */
export function faultsOf(kind: TemplateKind, parts: Parts): PartFault[] {
  const known: readonly string[] = PARTS[kind]
  return used(parts).flatMap(([part, text]) => {
    if (!known.includes(part)) return { part, why: `expected one of ${known.join(', ')}` }
    try {
      engineOf(kind, part).compile(text).render(SHAPE)
      return []
    } catch (error) {
      return { part, why: messageOf(error) }
    }
  })
}

function used(parts: Parts): [string, string][] {
  return Object.entries(parts).filter(([, text]) => text.trim() !== '')
}
