/** `--clock` and the messages of a parent process: how the demo runs real processes on its own clock. */
import { z } from 'zod'
import { type Clock, SteeredClock, systemClock } from '../support/clock.ts'

const plan = z.strictObject({
  realMs: z.number(),
  shownMs: z.number(),
  speed: z.number().min(0).max(100),
  stopAtMs: z.number().optional(),
})
const message = z.object({ clock: plan })

/** The machine's clock, or the one that `text` (JSON) begins and the parent steers. @throws {Error} */
export function clockOf(text: string | undefined): Clock {
  if (text === undefined) return systemClock
  const clock = new SteeredClock(defined(plan.parse(JSON.parse(text))))
  process.on('message', (received) => {
    const steering = message.safeParse(received)
    if (steering.success) clock.steer(defined(steering.data.clock))
  })
  return clock
}

function defined({ stopAtMs, ...rest }: z.infer<typeof plan>) {
  return stopAtMs === undefined ? rest : { ...rest, stopAtMs }
}

/** Tells a parent process that this one is ready, and its counters whenever it asks. */
export function reportToParent(status: () => Readonly<Record<string, unknown>>): void {
  if (!process.send) return
  process.on('message', (received: { status?: unknown }) => {
    if (received.status) process.send?.({ status: status() })
  })
  process.send({ ready: true })
}
