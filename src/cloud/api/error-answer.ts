import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ApiFailure, type FieldFault } from './api-failure.ts'

type Refused = FastifyError & { readonly validationContext?: string }

/** What a client is told of anything that was thrown: never the text of a fault of ours. */
export function failureOf(error: Refused): ApiFailure {
  if (error instanceof ApiFailure) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const fields = error.validation.flatMap(({ instancePath, message, params }) =>
      faults(instancePath.slice(1), message ?? '', params),
    )
    const place = error.validationContext ?? 'request'
    const list = fields.map(({ field, expected }) => `${field || place}: expected ${expected}`)
    return new ApiFailure('invalid', list.join('; '), { fields })
  }
  if (error.statusCode === 413) return new ApiFailure('too-large', 'the body is too large')
  if (error.statusCode === 415) {
    return new ApiFailure('wrong-type', 'expected Content-Type: application/json')
  }
  const clientsFault = error.statusCode !== undefined && error.statusCode < 500
  return clientsFault
    ? new ApiFailure('invalid', 'expected a JSON body')
    : new ApiFailure('internal', 'internal error; the log of the cloud says more')
}

function faults(field: string, message: string, params: Record<string, unknown>): FieldFault[] {
  const unknown = params.keys
  if (Array.isArray(unknown)) {
    return unknown.map((key) => ({ field: String(key), expected: 'no such field' }))
  }
  return [{ field, expected: message }]
}
