import type { ruleFilesZh } from './rule-files-zh.ts'
import type { Texts } from './texts.ts'

export const ruleFilesEn: Texts<typeof ruleFilesZh> = {
  title: 'Rule files',
  intro:
    'Prometheus rule files, alerting and recording rules, evaluated as they are; a file takes the place of the one of its name. All are valid, or nothing changes.',
  upload: 'Upload files',
  write: 'Write a file',
  edit: 'Edit the rule file',
  empty: 'No rule files yet.',
  name: 'File',
  text: 'Text (YAML)',
  rules: 'Rules',
  counts: 'groups: {groups}; alerting rules: {alerting}; recording rules: {recording}',
  saved: 'Uploaded',
  by: 'by {author}',
  broken: 'This file is not valid any more and is not evaluated:',
  done: 'It counts; the first evaluation comes within a minute.',
  same: 'Nothing is different.',
  added: 'Added: {groups}',
  changed: 'Changed: {groups}',
  removed: 'Removed: {groups}',
  warnings: 'Allowed, but hardly meant:',
  refused: 'Nothing changed. Please mend:',
  wrongName:
    '“{file}”: a name such as alerts.yaml, of letters, digits, . _ and -, 64 characters at the most.',
  wrongText: '“{file}”: text in UTF-8, 256 KiB at the most.',
  removeTitle: 'Remove the rule file',
  removeText: 'Remove “{name}”? Its rules are evaluated no more, and what they fire ends.',
  removeDone: 'The rule file is removed',
}
