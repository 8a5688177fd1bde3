/**
 * `node scripts/package/market-context.ts`: brings what the market and K8SFramework install up to
 * date with the project. Their formats want conf/AgentServer.conf as text inside, and copies of IDL.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Files that hold it, and the key before it. */
const HOLDERS: readonly (readonly [file: string, key: string])[] = [
  ['market/agentserver/cloud.yaml', 'content'],
  ['market/agentserver/k8s/agentserver.yaml', 'configContent'],
]

/** `yaml` with this text in the block `key: |`, which is the last of its document. */
export function withText(yaml: string, key: string, text: string): string {
  const lines = yaml.split('\n')
  const at = lines.findIndex((line) => line.trim() === `${key}: |`)
  const indent = /^ */.exec(lines[at] ?? '')?.[0] ?? ''
  const after = lines.findIndex(
    (line, i) => i > at && line !== '' && !line.startsWith(`${indent}  `),
  )
  if (at < 0) throw new Error(`no '${key}: |' in it`)
  const block = text.trimEnd().split('\n')
  return [
    ...lines.slice(0, at + 1),
    ...block.map((line) => (line === '' ? '' : `${indent}  ${line}`)),
    ...(after < 0 ? [''] : lines.slice(after)),
  ].join('\n')
}

if (import.meta.main) {
  const conf = readFileSync(join(root, 'conf/AgentServer.conf'), 'utf8')
  for (const [file, key] of HOLDERS) {
    const yaml = readFileSync(join(root, file), 'utf8')
    writeFileSync(join(root, file), withText(yaml, key, conf))
  }
  const idl = 'protocol/Agent.tars'
  copyFileSync(join(root, idl), join(root, 'market/agentserver', idl))
}
