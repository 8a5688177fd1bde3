/** What must be told: failures and calls a minute, shares, milliseconds. */
export const SIZES = {
  failureShare: 0.05,
  failuresPerMinute: 20,
  latencyFactor: 2,
  latencyPlusMs: 50,
  callsPerMinute: 100,
  trafficDrop: 0.5,
  trafficSurge: 1.5,
  queueFactor: 10,
} as const
