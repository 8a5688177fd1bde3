import type { Labels } from '../../../../model/labels.ts'

const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n
const SEPARATOR = Uint8Array.of(255)

/** Of a set of labels as Prometheus makes it: FNV-1a of 64 bits over names and values (common, `labelSetToFingerprint`). */
export function fingerprint(labels: Labels): string {
  let hash = OFFSET
  const add = (bytes: Uint8Array) => {
    for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME)
  }
  for (const [name, value] of sorted(labels)) {
    for (const text of [name, value]) {
      add(Buffer.from(text))
      add(SEPARATOR)
    }
  }
  return hash.toString(16).padStart(16, '0')
}

/** By name, in the order of Go's strings. */
export function sorted(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
