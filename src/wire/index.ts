/** What agent and cloud exchange: the batch, its bytes, its limits, its way over HTTP. */
export * from './batch.ts'
export { decodeBatch, decodeColumns } from './decode.ts'
export { encodeBatch } from './encode.ts'
export { WireError, type WireReason } from './failure.ts'
export { BATCH_VERSION } from './frame.ts'
export * from './http.ts'
export { BATCH_LIMITS, type BatchLimits } from './limits.ts'
export { StatColumns, StatKeys } from './stat-columns.ts'
