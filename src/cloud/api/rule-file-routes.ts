import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { RuleFault } from '../rules/fault.ts'
import { type BookedFile, UploadFailure } from '../rules/uploaded/upload-book.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { RuleDesk } from './ports.ts'
import {
  fileAnswer,
  fileParams,
  filesAnswer,
  MAX_BODY_BYTES,
  uploadAnswer,
  uploadBody,
} from './rule-file-schemas.ts'
import { answerOf, environmentParams } from './schemas.ts'
import { tokenOf } from './session-routes.ts'

const MAX_FAULTS = 50
const MAX_WARNINGS = 50

const tags = ['rules']

/** Prometheus rule files of one environment, beside those that all have. */
export function ruleFileRoutes(
  context: ApiContext,
  book: RuleDesk['uploads'],
): FastifyPluginAsyncZod {
  const { answer, now, sessions } = context

  async function fileOf(environment: string, name: string): Promise<BookedFile> {
    await context.environment(environment)
    const found = book.files(environment).find((file) => file.name === name)
    if (!found) throw notFound('rule file', name)
    return found
  }

  return async (app) => {
    app.get(
      '/environments/:id/rule-files',
      { schema: { tags, params: environmentParams, response: { 200: filesAnswer } } },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ files: book.files(id).map(viewFile) })
      },
    )

    app.get(
      '/environments/:id/rule-files/:file',
      { schema: { tags, params: fileParams, response: { 200: fileAnswer } } },
      async ({ params: { id, file } }) => answer({ text: (await fileOf(id, file)).text }),
    )

    app.post(
      '/environments/:id/rule-files',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ tags, params: environmentParams, body: uploadBody, response: { 200: uploadAnswer } },
          description:
            'Uploads rule files as Prometheus has them: all are valid, or nothing changes. Faults are told as `files/NAME/LINE:COLUMN`.',
        },
      },
      async (request) => {
        const { id: environment } = await context.environment(request.params.id)
        const { name: author } = await sessions.userOf(tokenOf(request))
        const uploaded = request.body.files.map((file) => ({
          ...{ environment, ...file, author, savedAt: now() },
        }))
        const { warnings, ...report } = await book.upload(environment, uploaded).catch(refuse)
        return answer({ report: { ...report, warnings: warnings.slice(0, MAX_WARNINGS) } })
      },
    )

    app.delete(
      '/environments/:id/rule-files/:file',
      { schema: { tags, params: fileParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, file } }) => {
        await fileOf(id, file)
        await book.remove(id, file)
        return answer({})
      },
    )
  }
}

function viewFile({ name, groups, author, savedAt, faults }: BookedFile) {
  const rules = groups.flatMap((group) => group.rules)
  const alertingRules = rules.filter(({ kind }) => kind === 'alerting').length
  const recordingRules = rules.length - alertingRules
  return {
    ...{ name, groups: groups.length, alertingRules, recordingRules, author, savedAtMs: savedAt },
    faults: faults.slice(0, MAX_FAULTS).map(({ file: _, ...fault }) => fault),
  }
}

/** @throws {ApiFailure} instead of what the book says. */
function refuse(error: unknown): never {
  if (!(error instanceof UploadFailure)) throw error
  const { reason, message, faults } = error
  if (reason !== 'invalid') throw new ApiFailure(reason, message)
  const fieldOf = ({ file, line, column, message }: RuleFault) => ({
    ...{ field: `files/${file}/${line}:${column}`, expected: message },
  })
  throw new ApiFailure(reason, message, { fields: faults.slice(0, MAX_FAULTS).map(fieldOf) })
}
