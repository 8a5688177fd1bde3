import type { UnixMs } from '../../model/time.ts'
import type { RouteTree } from '../notify/routing/route-tree.ts'

/** A tree as it was saved; '' means that there is none. */
export interface SavedRouteTree {
  /** From 1. */
  readonly version: number
  readonly text: string
  /** Name of the user who saved it. */
  readonly author: string
  readonly savedAt: UnixMs
}

export interface RouteTreeStore {
  /** Newest first; 20 at the most. */
  routeTrees(environment: string): Promise<SavedRouteTree[]>
  /** The one that counts; undefined: there is none. */
  routeTree(environment: string): Promise<RouteTree | undefined>
  /** False (and nothing is saved) when `version` does not follow the newest. */
  saveRouteTree(
    environment: string,
    saved: SavedRouteTree,
    tree: RouteTree | undefined,
  ): Promise<boolean>
}
