/** What a picture shows, as a sentence: for who does not see it. Pure. */
import type { Picture, Point, Reader } from './picture.ts'
import { quantityText, valueText } from './words.ts'

/** What happened in these minutes before it fired belongs to it. */
const LEAD_MS = 5 * 60_000

/** `失败（次/分钟）：告警时 312，此前 0 至 4；参照日 2026-11-20 同一时刻 2；通常 0 至 5；阈值 20。` */
export function inWords(picture: Picture, { language }: Reader): string {
  const { unit, lines, band, threshold, firedAt, referenceDay } = picture
  const of = (role: string) => lines.find((line) => line.role === role)?.points ?? []
  const value = (one: number) => valueText(one, unit)
  const past = valueAt(of('reference'), firedAt)
  const usual = band.findLast(({ at }) => at <= firedAt)
  const zh = language === 'zh'
  const facts = [
    nowText(of('now'), firedAt, value, zh),
    past !== undefined &&
      (zh
        ? `参照日 ${referenceDay} 同一时刻 ${value(past)}`
        : `${value(past)} at the same time of the reference day ${referenceDay}`),
    usual &&
      (zh
        ? `通常 ${value(usual.low)} 至 ${value(usual.high)}`
        : `usually ${value(usual.low)} to ${value(usual.high)}`),
    threshold !== undefined && `${zh ? '阈值' : 'threshold'} ${value(threshold)}`,
  ].filter((fact) => typeof fact === 'string')
  const name = quantityText(picture, language)
  return zh ? `${name}：${facts.join('；')}。` : `${name}: ${facts.join('; ')}.`
}

function nowText(
  points: readonly Point[],
  firedAt: number,
  value: (one: number) => string,
  zh: boolean,
): string {
  const fired = valueAt(points, firedAt)
  const before = points.filter(([at]) => at <= firedAt - LEAD_MS).map(([, one]) => one)
  const said = fired === undefined ? (zh ? '无数据' : 'no data') : `${zh ? ' ' : ''}${value(fired)}`
  const now = zh ? `告警时${said}` : `${said} when it fired`
  if (before.length === 0) return now
  const [low, high] = [value(Math.min(...before)), value(Math.max(...before))]
  const range = low === high ? low : zh ? `${low} 至 ${high}` : `${low} to ${high}`
  return zh ? `${now}，此前一小时 ${range}` : `${now}, ${range} in the hour before`
}

/** Of the last two minutes. */
function valueAt(points: readonly Point[], at: number): number | undefined {
  const last = points.findLast(([time]) => time <= at)
  return last && last[0] >= at - 120_000 ? last[1] : undefined
}
