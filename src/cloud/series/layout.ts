/** Names below the folder of one environment's series, `<data>/series/<environment>`. */

/** Folder of raw blocks. */
export const BLOCKS = 'blocks'
/** Folder of hourly roll-ups. */
export const HOURS = 'hours'
/** Folder of damaged files that `tars-alarm store repair` has replaced. The store never looks into it. */
export const DAMAGED = 'damaged'

/** Up to where hours have taken the place of raw rows, as decimal text. */
export const RAW_BORDER = 'raw-border'

/** A segment of the log. */
export const SEGMENT_NAME = /^\d{12}\.log$/
/** What a flush stores beside its block. */
export const FLUSH_FILE_NAME = /^\d{12}\.(state|events)$/
/** A block, in either folder. */
export const BLOCK_NAME = /^\d{12}-\d\.block$/
