/** Trees of routes: each environment's newest counts, those before it are kept for a while. */
import type { RouteTreeStore, SavedRouteTree } from '../api/route-tree-ports.ts'
import type { RouteTree } from '../notify/routing/route-tree.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

/** Kept of an environment. */
const MAX_VERSIONS = 20

export class RouteTrees implements RouteTreeStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Newest first. */
  async routeTrees(environment: string): Promise<SavedRouteTree[]> {
    const rows = await this.#db
      .selectFrom('route_trees')
      .select(['version', 'body', 'author', 'saved_at'])
      .where('environment', '=', environment)
      .orderBy('version', 'desc')
      .execute()
    return rows.map(({ version, body, author, saved_at }) => ({
      ...{ version, text: body, author, savedAt: saved_at },
    }))
  }

  routeTree(environment: string): Promise<RouteTree | undefined> {
    return routeTreeIn(this.#db, environment)
  }

  async saveRouteTree(
    environment: string,
    saved: SavedRouteTree,
    tree: RouteTree | undefined,
  ): Promise<boolean> {
    const { version, text, author, savedAt } = saved
    return this.#db.transaction().execute(async (trx) => {
      const newest = await trx
        .selectFrom('route_trees')
        .select((e) => e.fn.max('version').as('version'))
        .where('environment', '=', environment)
        .executeTakeFirst()
      if ((newest?.version ?? 0) !== version - 1) return false
      await trx
        .insertInto('route_trees')
        .values({
          ...{ environment, version, body: text, tree: JSON.stringify(tree ?? null) },
          ...{ author, saved_at: savedAt },
        })
        .execute()
      await trx
        .deleteFrom('route_trees')
        .where('environment', '=', environment)
        .where('version', '<=', version - MAX_VERSIONS)
        .execute()
      return true
    })
  }
}

/** The newest, unless that says that there is none. */
async function routeTreeIn(db: Database, environment: string): Promise<RouteTree | undefined> {
  const row = await newest(db, environment).select('tree').executeTakeFirst()
  return (row && fromJson<RouteTree | null>(row.tree)) ?? undefined
}

function newest(db: Database, environment: string) {
  return db
    .selectFrom('route_trees')
    .where('environment', '=', environment)
    .orderBy('version', 'desc')
    .limit(1)
}

/** Environments whose tree is kept in mind. */
const MAX_KEPT = 1_000

/** The newest trees: the same object as long as no other is saved, so that it is compiled once. */
export class NewestRouteTrees {
  readonly #kept = new Map<string, { version: number; tree: RouteTree | undefined }>()

  async of(db: Database, environment: string): Promise<RouteTree | undefined> {
    const row = await newest(db, environment).select('version').executeTakeFirst()
    if (!row) return undefined
    const known = this.#kept.get(environment)
    if (known?.version === row.version) return known.tree
    const tree = await routeTreeIn(db, environment)
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear()
    this.#kept.set(environment, { version: row.version, tree })
    return tree
  }
}
