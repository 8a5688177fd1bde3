/** Chinese where the environment says so, as programs find their language. */
export function speaksChinese(env: Readonly<Record<string, string | undefined>>): boolean {
  return /^zh/i.test(env.LC_ALL || env.LC_MESSAGES || env.LANG || '')
}
