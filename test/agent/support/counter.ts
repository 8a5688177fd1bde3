/** 1, 2, 3 … */
export function counter(): () => number {
  let last = 0
  return () => ++last
}
