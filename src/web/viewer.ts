/** What this viewer chose, remembered in the browser: language and time zone. */
import { computed, ref, watch } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Language } from './cloud.ts'
import { en } from './messages/en.ts'
import { zh } from './messages/zh.ts'

const DEFAULT_ZONE = 'Asia/Shanghai'

export const timeZones: readonly string[] = [
  ...new Set([DEFAULT_ZONE, 'UTC', ...Intl.supportedValuesOf('timeZone')]),
]

export const i18n = createI18n({
  legacy: false,
  locale: firstLanguage(),
  fallbackLocale: 'zh',
  messages: { zh, en },
})

export const language = computed<Language>({
  get: () => (i18n.global.locale.value === 'en' ? 'en' : 'zh'),
  set(chosen) {
    i18n.global.locale.value = chosen
  },
})

const zone = remembered('zone') ?? ''
export const timeZone = ref(timeZones.includes(zone) ? zone : DEFAULT_ZONE)

watch(
  language,
  (chosen) => {
    document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
    remember('language', chosen)
  },
  { immediate: true },
)
watch(timeZone, (chosen) => remember('zone', chosen))

/** As chosen here before, otherwise as the browser is set. */
function firstLanguage(): Language {
  return /^zh\b/.test(remembered('language') ?? navigator.language) ? 'zh' : 'en'
}

// A browser may forbid storage: then nothing is remembered, and all else works.
function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`tars-alarm.${key}`)
  } catch {
    return null
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`tars-alarm.${key}`, value)
  } catch {}
}
