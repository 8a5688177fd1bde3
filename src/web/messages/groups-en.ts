import type { groupsZh } from './groups-zh.ts'
import type { Texts } from './texts.ts'

export const groupsEn: Texts<typeof groupsZh> = {
  title: 'Contact groups',
  intro: 'Notifications may name a group: each of it is told.',
  add: 'Add a group',
  edit: 'Edit the group',
  empty: 'No groups yet.',
  name: 'Group',
  members: 'Members',
  nobody: 'nobody',
  and: ', ',
  saved: 'The group was saved',
  removed: 'The group was removed',
  removeTitle: 'Remove the group',
  removeText: 'Remove the group “{name}”? Its contacts stay.',
  gone: 'Some member was removed: choose again',
}
