import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ChunkRoom, type Page } from '../../../../src/cloud/series/memory/chunk-room.ts'

const LARGE = 100_000

interface Piece {
  readonly page: Page
  readonly at: number
  readonly bytes: Uint8Array
}

function put(room: ChunkRoom, bytes: Uint8Array): Piece {
  const page = room.pageFor(bytes.length)
  return { page, at: page.put(bytes), bytes }
}

function pagesOf(pieces: readonly Piece[]): number {
  return new Set(pieces.map(({ page }) => page)).size
}

describe('a room for chunks', () => {
  it('holds every piece as it was put, whatever was freed meanwhile', () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 4_000 }), fc.constant(LARGE))
    const step = fc.record({ length, fill: fc.nat(255), frees: fc.option(fc.nat()) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const room = new ChunkRoom()
        const pieces: Piece[] = []
        for (const { length, fill, frees } of steps) {
          pieces.push(put(room, new Uint8Array(length).fill(fill)))
          if (frees === null) continue
          const [freed] = pieces.splice(frees % pieces.length, 1)
          freed?.page.free(freed.at)
        }
        for (const { page, at, bytes } of pieces) {
          assert.deepEqual(page.bytes.subarray(at, at + bytes.length), bytes)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('puts a piece where another one of about its length was freed', () => {
    const room = new ChunkRoom()
    const pieces = Array.from({ length: 1_000 }, () => put(room, new Uint8Array(300)))
    const pages = pagesOf(pieces)
    for (const [index, { page, at }] of pieces.entries()) {
      page.free(at)
      pieces[index] = put(room, new Uint8Array(310))
    }
    assert.equal(pagesOf(pieces), pages)
  })

  it('does not put anything in a page that has become empty: nobody holds it', () => {
    const room = new ChunkRoom()
    const pieces = Array.from({ length: 1_000 }, () => put(room, new Uint8Array(300)))
    const pages = new Set(pieces.map(({ page }) => page))
    for (const { page, at } of pieces) page.free(at)
    const { page } = put(room, new Uint8Array(300))
    assert.ok(pages.size > 1)
    assert.ok(!pages.has(page))
  })
})
