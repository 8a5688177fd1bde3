import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { serviceOf } from '../../model/labels.ts'
import type { YamlFault } from '../../support/yaml-file.ts'
import type { Directory } from '../notify/routing/directory.ts'
import { importAlertmanager } from '../notify/routing/import-alertmanager.ts'
import { parseRouteTree } from '../notify/routing/parse-route-tree.ts'
import type { RouteTree } from '../notify/routing/route-tree.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import type { RouteTreeStore } from './route-tree-ports.ts'
import {
  importAnswer,
  importBody,
  MAX_BODY_BYTES,
  testAnswer,
  testBody,
  treeAnswer,
  treeBody,
  versionAnswer,
  versionParams,
} from './route-tree-schemas.ts'
import { viewTest, viewTree } from './route-tree-views.ts'
import { environmentParams } from './schemas.ts'
import { tokenOf } from './session-routes.ts'

const MAX_FAULTS = 20

const tags = ['routes']
const shared = { tags, params: environmentParams }

/** 路由配置: one tree of an environment, which tells beside its policies. */
export function routeTreeRoutes(
  context: ApiContext,
  desk: NotifyDesk,
  store: RouteTreeStore,
): FastifyPluginAsyncZod {
  const { answer, inTurn, now, sessions } = context

  async function directoryOf(environment: string): Promise<Directory> {
    await context.environment(environment)
    return {
      contacts: await context.contacts.contacts(environment),
      groups: await desk.policies.groups(environment),
      rotas: await desk.rotas.rotas(environment),
      receivers: await desk.receivers.receivers(environment),
    }
  }

  async function view(environment: string, directory: Directory) {
    const saved = await store.routeTrees(environment)
    const [newest] = saved
    const versions = saved.map(({ version, author, savedAt }) => ({
      ...{ version, author, savedAtMs: savedAt },
    }))
    return answer({
      ...{ text: newest?.text ?? '', version: newest?.version ?? 0, versions },
      ...viewTree(await store.routeTree(environment), directory),
    })
  }

  async function save(
    environment: string,
    body: { text: string; version: number },
    author: string,
  ) {
    const directory = await directoryOf(environment)
    const isNone = body.text.trim() === ''
    const tree = isNone ? undefined : treeOf(body.text, directory)
    const saved = {
      version: body.version + 1,
      text: isNone ? '' : body.text,
      author,
      savedAt: now(),
    }
    if (!(await store.saveRouteTree(environment, saved, tree))) {
      throw new ApiFailure('taken', 'somebody else saved the routes meanwhile: load them again')
    }
    desk.changed()
    return view(environment, directory)
  }

  return async (app) => {
    app.get(
      '/environments/:id/route-tree',
      { schema: { ...shared, response: { 200: treeAnswer } } },
      async ({ params: { id } }) => view(id, await directoryOf(id)),
    )

    app.get(
      '/environments/:id/route-tree/versions/:version',
      { schema: { tags, params: versionParams, response: { 200: versionAnswer } } },
      async ({ params: { id, version } }) => {
        await context.environment(id)
        const found = (await store.routeTrees(id)).find((one) => one.version === version)
        if (!found) throw notFound('version', String(version))
        return answer({ text: found.text })
      },
    )

    app.put(
      '/environments/:id/route-tree',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { ...shared, body: treeBody, response: { 200: treeAnswer } },
      },
      async (request) => {
        const { name } = await sessions.userOf(tokenOf(request))
        return inTurn(() => save(request.params.id, request.body, name))
      },
    )

    app.post(
      '/environments/:id/route-tree/import',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ ...shared, body: importBody, response: { 200: importAnswer } },
          description:
            'What an `alertmanager.yml` becomes here, and what is not taken over. Saves nothing.',
        },
      },
      async ({ params, body }) => {
        const report = importAlertmanager(body.text, await directoryOf(params.id))
        if (!('text' in report)) {
          const faults = report.faults.map(({ file: _, ...fault }) => fault)
          return answer({ faults: faults.slice(0, MAX_FAULTS), report: null })
        }
        const { text, left, additions } = report
        const lists = { contacts: [...additions.contacts], webhooks: [...additions.webhooks] }
        return answer({ faults: [], report: { text, left: [...left], ...lists } })
      },
    )

    app.post(
      '/environments/:id/route-tree/test',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ ...shared, body: testBody, response: { 200: testAnswer } },
          description: 'Where an alarm with these labels goes. Tells nobody.',
        },
      },
      async ({ params: { id }, body }) => {
        const directory = await directoryOf(id)
        const tree =
          body.text === undefined ? await store.routeTree(id) : treeOf(body.text, directory)
        const service = serviceOf(body.labels)
        const known = { service, app: service.split('.', 1)[0] ?? '' }
        const labels = { ...known, ...body.labels }
        return answer({ routes: tree ? viewTest(tree, labels, directory, now()) : [] })
      },
    )
  }
}

/** @throws {ApiFailure} `invalid`, with the place of each fault as `text/3:9`. */
function treeOf(text: string, directory: Directory): RouteTree {
  const { tree, faults } = parseRouteTree(text, directory)
  if (tree) return tree
  const fieldOf = ({ line, column, message }: YamlFault) => ({
    ...{ field: `text/${line}:${column}`, expected: message },
  })
  const [first] = faults
  const message = `line ${first?.line}, column ${first?.column}: ${first?.message}`
  throw new ApiFailure('invalid', message, { fields: faults.slice(0, MAX_FAULTS).map(fieldOf) })
}
