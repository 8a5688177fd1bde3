/** What every state store must do, whatever database is under it. */
import { describe } from 'node:test'
import { actCases } from './store/acts.ts'
import { addressCases } from './store/addresses.ts'
import { alertCases } from './store/alerts.ts'
import { causeCases } from './store/causes.ts'
import { drillCases } from './store/drills.ts'
import { environmentCases } from './store/environments.ts'
import { heartbeatCases } from './store/heartbeats.ts'
import { outboxCases } from './store/outbox.ts'
import { ownRuleCases } from './store/own-rules.ts'
import { peopleCases } from './store/people.ts'
import { pictureCases } from './store/pictures.ts'
import { planCases } from './store/plans.ts'
import { pruneCases } from './store/prune.ts'
import { routeCases } from './store/routes.ts'
import type { Open } from './store/samples.ts'
import { tokenCases } from './store/tokens.ts'
import { wordCases } from './store/words.ts'

/** Runs all cases; `open` gives a new, empty store, which the case closes. */
export function storeContract(name: string, open: Open): void {
  describe(`${name} keeps the contract of the store`, () => {
    describe('environments and agents', () => environmentCases(open))
    describe('heartbeats and leases', () => heartbeatCases(open))
    describe('alerts', () => alertCases(open))
    describe('news that waits for its cause', () => causeCases(open))
    describe('plans', () => planCases(open))
    describe('acts and reminders', () => actCases(open))
    describe('routes', () => routeCases(open))
    describe('outbox', () => outboxCases(open))
    describe('pictures of mails', () => pictureCases(open))
    describe('contacts, users and sessions', () => peopleCases(open))
    describe('mail addresses and rotas', () => addressCases(open))
    describe('rules, thresholds and calendars of people', () => ownRuleCases(open))
    describe('API tokens', () => tokenCases(open))
    describe('templates and summaries', () => wordCases(open))
    describe('drills', () => drillCases(open))
    describe('prune', () => pruneCases(open))
  })
}
