/** Names of modules as runtimes write them: `App.Server[.setAreaId][@version]`. */
import { nameOf } from './text.ts'

export interface ModuleName {
  /** `App.Server`; other names (`tarsnode`, `stat_from_server`) as they are. */
  readonly module: string
  /** Set parts joined without dots, as runtimes put them into names; '' when none. */
  readonly joinedSet: string
  /** '' when none. */
  readonly version: string
}

export interface SetParts {
  readonly name: string
  readonly area: string
  readonly id: string
}

export function splitModuleName(text: string): ModuleName {
  const [path = '', version = ''] = text.split('@', 2)
  const [app = '', server, ...set] = path.split('.')
  return {
    module: nameOf(server === undefined ? app : `${app}.${server}`),
    joinedSet: nameOf(set.join('.')),
    version: nameOf(version),
  }
}

/** `name.area.id`; without parts what the module's name says of its set. */
export function setOf(parts: SetParts, joinedSet: string): string {
  const { name, area, id } = parts
  return name === '' ? joinedSet : nameOf([name, area, id].filter((part) => part !== '').join('.'))
}
