import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { inWords } from '../picture/in-words.ts'
import type { Picture, Reader } from '../picture/picture.ts'
import { drawPicture } from '../picture/svg.ts'
import { lineName, quantityText, valueText } from '../picture/words.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { PictureReads } from './ports.ts'
import { alarmParams, answerOf, timeZone, unixMs } from './schemas.ts'

/** What is younger may still be on its way. */
const LAG_MS = 60_000

const pictureQuery = z.strictObject({
  language: z.enum(['zh', 'en'], 'zh or en').default('zh'),
  timeZone: timeZone.default('Asia/Shanghai'),
  /** Pixels. */
  width: z.coerce.number('280 to 1600').int().min(280).max(1600).default(640),
})

const point = z.tuple([unixMs, z.number()])

const pictureView = z.object({
  /** `失败（次/分钟）`. */
  title: z.string(),
  unit: z.enum(['perMinute', 'ms', 'ratio', 'none']),
  startMs: unixMs,
  endMs: unixMs,
  stepMs: z.number(),
  firedAtMs: unixMs,
  resolvedAtMs: unixMs.optional(),
  lines: z.array(
    z.object({
      role: z.enum(['now', 'calls', 'others', 'reference']),
      name: z.string(),
      points: point.array(),
      /** The value of each point, as people read it. */
      texts: z.string().array(),
    }),
  ),
  /** What is usual. */
  band: z.array(z.object({ atMs: unixMs, low: z.number(), high: z.number() })),
  threshold: z.number().optional(),
  /** `2026-11-20`: that of the line `reference`. */
  referenceDay: z.string().optional(),
  /** What it shows, as a sentence. */
  words: z.string(),
  svg: z.string(),
  width: z.number(),
  height: z.number(),
  /** Where in it the lines are, pixels. */
  plot: z.object({ left: z.number(), right: z.number(), top: z.number(), bottom: z.number() }),
})

const answer = { 200: answerOf({ picture: pictureView.optional() }) }

/** What an alarm is about, before and after it fired: as numbers and drawn. */
export function pictureRoutes(context: ApiContext, pictures: PictureReads): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/environments/:id/alarms/:alarm/picture',
      {
        schema: {
          ...{ tags: ['alarms'], params: alarmParams, querystring: pictureQuery },
          description: 'None where the series are not kept any more, or cannot be read in time.',
          response: answer,
        },
      },
      async ({ params: { id, alarm }, query: { width, ...reader } }) => {
        const alert = await context.alerts.alert(id, alarm)
        if (!alert) throw notFound('alarm', alarm)
        const picture = await pictures.of(alert, context.now() - LAG_MS)
        return context.answer({ ...(picture && { picture: viewPicture(picture, reader, width) }) })
      },
    )
  }
}

function viewPicture(
  picture: Picture,
  reader: Reader,
  width: number,
): z.output<typeof pictureView> {
  const { firedAt, resolvedAt, lines, band, measure: _, ...rest } = picture
  return {
    ...rest,
    ...drawPicture(picture, reader, width),
    title: quantityText(picture, reader.language),
    firedAtMs: firedAt,
    ...(resolvedAt !== undefined && { resolvedAtMs: resolvedAt }),
    lines: lines.map(({ role, points }) => ({
      ...{ role, name: lineName(role, picture, reader.language) },
      points: points.map(([at, value]) => [at, value]),
      texts: points.map(([, value]) => valueText(value, picture.unit)),
    })),
    band: band.map(({ at, low, high }) => ({ atMs: at, low, high })),
    words: inWords(picture, reader),
  }
}
