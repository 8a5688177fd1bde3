import { createRouter, createWebHashHistory, type RouteLocationRaw } from 'vue-router'
import { userName } from './call.ts'
import { resumeSession } from './cloud.ts'
import AgentsPage from './pages/agents-page.vue'
import AlarmPage from './pages/alarm-page.vue'
import AlarmsPage from './pages/alarms-page.vue'
import CalendarPage from './pages/calendar-page.vue'
import ContactsPage from './pages/contacts-page.vue'
import EnvironmentsPage from './pages/environments-page.vue'
import LoginPage from './pages/login-page.vue'
import MutesPage from './pages/mutes-page.vue'
import PoliciesPage from './pages/policies-page.vue'
import RoutesPage from './pages/routes-page.vue'
import RulesPage from './pages/rules-page.vue'
import TemplatesPage from './pages/templates-page.vue'
import ThresholdsPage from './pages/thresholds-page.vue'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/login', name: 'login', component: LoginPage },
    { path: '/environments', name: 'environments', component: EnvironmentsPage },
    { path: '/environments/:id', redirect: ({ params }) => `/environments/${params.id}/alarms` },
    { path: '/environments/:id/agents', name: 'agents', component: AgentsPage },
    { path: '/environments/:id/agents/:agent', name: 'agent', component: AgentsPage },
    { path: '/environments/:id/contacts', name: 'contacts', component: ContactsPage },
    { path: '/environments/:id/mutes', name: 'mutes', component: MutesPage },
    { path: '/environments/:id/policies', name: 'policies', component: PoliciesPage },
    { path: '/environments/:id/routes', name: 'routes', component: RoutesPage },
    { path: '/environments/:id/rules', name: 'rules', component: RulesPage },
    { path: '/environments/:id/templates', name: 'templates', component: TemplatesPage },
    { path: '/environments/:id/thresholds', name: 'thresholds', component: ThresholdsPage },
    { path: '/environments/:id/calendar', name: 'calendar', component: CalendarPage },
    { path: '/environments/:id/alarms', name: 'alarms', component: AlarmsPage },
    { path: '/environments/:id/alarms/:alarm', name: 'alarm', component: AlarmPage },
    { path: '/:rest(.*)*', redirect: '/environments' },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

// A link of a mail leads through the login to what it names.
router.beforeEach(async (to) => {
  if (to.name === 'login' || userName.value !== undefined) return true
  return (await resumeSession().catch(() => false)) || loginFor(to.fullPath)
})

export function loginFor(path: string): RouteLocationRaw {
  return { name: 'login', query: path === '/environments' ? {} : { next: path } }
}

/** Where to go after the login: only ever a page of ours. */
export function afterLogin(next: unknown): string {
  return typeof next === 'string' && next.startsWith('/') ? next : '/environments'
}
