/** SVG as PNG, the same bytes on every machine: by resvg as WebAssembly, with a font of ours and no other. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'

/** Sharp also where a pixel of the page is two of the screen. */
const ZOOM = 2

let font: Promise<Uint8Array> | undefined

/** One picture goes to several readers. */
const RECENT = 8
const recent = new Map<string, Promise<Uint8Array>>()

/** Takes some 20 ms of the event loop; the first also loads 2.5 MB. Rejects what is no SVG. */
export function pngOf(svg: string): Promise<Uint8Array> {
  const png = recent.get(svg) ?? drawn(svg)
  recent.delete(svg)
  recent.set(svg, png)
  for (const [oldest] of recent) if (recent.size > RECENT) recent.delete(oldest)
  return png
}

async function drawn(svg: string): Promise<Uint8Array> {
  font ??= load()
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: ZOOM },
    font: { fontBuffers: [await font], defaultFontFamily: 'Noto Sans CJK SC' },
  })
  try {
    const rendered = image.render()
    try {
      return rendered.asPng()
    } finally {
      rendered.free()
    }
  } finally {
    image.free()
  }
}

async function load(): Promise<Uint8Array> {
  const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm')
  await initWasm(readFile(wasm))
  return readFile(new URL('font/noto-sans-cjk-sc.otf', import.meta.url))
}
