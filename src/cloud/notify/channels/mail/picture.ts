/** The picture in a mail: planned and stored as SVG, sent as PNG. */
import { createHash } from 'node:crypto'
import { inWords } from '../../../picture/in-words.ts'
import type { Picture, Reader } from '../../../picture/picture.ts'
import { pngOf } from '../../../picture/png.ts'
import { drawPicture } from '../../../picture/svg.ts'
import type { Message } from '../../ports.ts'
import { escaped, type Html } from './html.ts'

/** A phone shows it at two thirds: its letters are still to be read there. */
const WIDTH = 520

export interface PicturePart {
  readonly svg: string
  readonly html: Html
  readonly text: string
}

export function picturePart(picture: Picture, reader: Reader): PicturePart {
  const { svg } = drawPicture(picture, reader, WIDTH)
  const words = inWords(picture, reader)
  const style = `display:block;width:100%;max-width:${WIDTH}px;height:auto;margin:16px 0 0;border:0`
  const quiet = 'font-size:12px;line-height:1.6;color:#667085'
  const source = `src="cid:${pictureId(svg)}" width="${WIDTH}" alt="${escaped(words)}"`
  return { svg, text: words, html: `<img ${source} style="${style};${quiet}">` }
}

/**
 * What nodemailer takes; none without a picture. One that cannot be drawn is left out: the mail then shows what
 * stands for it.
 */
export async function attachmentsOf({ picture }: Pick<Message, 'picture'>) {
  const png = picture === undefined ? undefined : await pngOf(picture).catch(() => undefined)
  if (picture === undefined || png === undefined) return []
  return [
    {
      cid: pictureId(picture),
      filename: 'alarm.png',
      contentType: 'image/png',
      contentDisposition: 'inline' as const,
      content: Buffer.from(png),
    },
  ]
}

function pictureId(svg: string): string {
  return `picture-${createHash('sha256').update(svg).digest('hex').slice(0, 16)}@tars-alarm`
}
