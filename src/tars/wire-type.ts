/** The type half of a TARS field header (TarsProtocol, `Tars.h`, `TarsHeadeType`). */
export const BYTE = 0
export const SHORT = 1
export const INT = 2
export const LONG = 3
export const FLOAT = 4
export const DOUBLE = 5
export const STRING1 = 6
export const STRING4 = 7
export const MAP = 8
export const LIST = 9
export const STRUCT = 10
export const STRUCT_END = 11
export const ZERO = 12
export const SIMPLE_LIST = 13
