/** What an alarm is about, drawn by the cloud. */
import { call, place } from './call.ts'
import type { Language } from './cloud.ts'

export interface Picture {
  readonly title: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly lines: readonly {
    readonly role: string
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
    readonly texts: readonly string[]
  }[]
  readonly words: string
  /** Made by the cloud, texts escaped. */
  readonly svg: string
  readonly width: number
  readonly height: number
  readonly plot: {
    readonly left: number
    readonly right: number
    readonly top: number
    readonly bottom: number
  }
}

export interface PictureReader {
  readonly language: Language
  readonly timeZone: string
  /** Pixels, 280 to 1600. */
  readonly width: number
}

/** Undefined: there is nothing to draw. */
export async function alarmPicture(
  environment: string,
  alarm: string,
  { language, timeZone, width }: PictureReader,
): Promise<Picture | undefined> {
  const search = new URLSearchParams({ language, timeZone, width: String(width) })
  const path = `${place(environment, 'alarms', alarm, 'picture')}?${search}`
  return (await call<{ picture?: Picture }>('GET', path)).picture
}

/** The instant under `x`, on the grid of the points. */
export function instantAt({ plot, startMs, endMs, stepMs }: Picture, x: number): number {
  const share = Math.min(1, Math.max(0, (x - plot.left) / (plot.right - plot.left)))
  return startMs + Math.round((share * (endMs - startMs)) / stepMs) * stepMs
}

export function placeOf({ plot, startMs, endMs }: Picture, at: number): number {
  return plot.left + ((at - startMs) / (endMs - startMs)) * (plot.right - plot.left)
}

/** `失败 312`, of each line that has a value there. */
export function valuesAt({ lines }: Picture, at: number): readonly string[] {
  return lines.flatMap(({ name, points, texts }) => {
    const n = points.findIndex(([time]) => time === at)
    return n < 0 ? [] : [`${name} ${texts[n]}`]
  })
}
