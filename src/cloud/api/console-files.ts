import { existsSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const NOT_BUILT = `The console is not built.
Run  node_modules/.bin/node scripts/build-web.ts  in the folder of tars-alarm and start again.
`

/** Serves the built console; its routing lives behind the #, so there is one page. */
export async function consoleFiles(app: FastifyInstance, folder: string): Promise<void> {
  const root = resolve(folder)
  if (!existsSync(join(root, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async (_, reply) =>
      reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT),
    )
    return
  }
  const assets = join(root, 'assets') + sep
  await app.register(fastifyStatic, {
    root,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      // Names under assets/ carry a hash of their content; the page that names them must be asked for.
      const keep = path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache'
      reply.header('cache-control', keep)
    },
  })
}
