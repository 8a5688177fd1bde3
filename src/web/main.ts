import { createApp, watch } from 'vue'
import App from './app.vue'
import { userName } from './call.ts'
import { elementParts } from './element.ts'
import { loginFor, router } from './router.ts'
import { i18n } from './viewer.ts'
import './theme.css'
import './calendar.css'
import './notify.css'
import './rotas.css'
import './routes.css'
import './templates.css'
import './thresholds.css'

createApp(App).use(i18n).use(router).use(elementParts).mount('#app')

// The session ended while a page was open.
watch(userName, (name) => {
  const { name: page, fullPath } = router.currentRoute.value
  if (name === undefined && page !== 'login') void router.push(loginFor(fullPath))
})
