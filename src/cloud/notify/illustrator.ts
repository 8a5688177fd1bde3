/** Pictures of the news that is about to be planned. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import type { Picture } from '../picture/picture.ts'

export interface PictureSource {
  /** As far as the data reach at `asOf`; undefined when there is none, or it took too long. Never rejects. */
  of(alert: Alert, asOf: UnixMs): Promise<Picture | undefined>
}

/** Who is told so much at once looks at no pictures, and is to be told soon. */
const MOST_AT_ONCE = 10

export class Illustrator {
  readonly #source: PictureSource
  readonly #pictures = new Map<string, Picture>()

  constructor(source: PictureSource) {
    this.#source = source
  }

  /** For the news that is planned next; forgets those of the news before. */
  async prepare(news: readonly AlertChange[]): Promise<void> {
    this.#pictures.clear()
    if (news.length > MOST_AT_ONCE) return
    await Promise.all(
      news.map(async (change) => {
        const picture = await this.#source.of(change.alert, change.at)
        if (picture) this.#pictures.set(keyOf(change), picture)
      }),
    )
  }

  of(change: AlertChange): Picture | undefined {
    return this.#pictures.get(keyOf(change))
  }
}

function keyOf({ alert, kind, at }: AlertChange): string {
  return `${alert.id} ${kind} ${at}`
}
