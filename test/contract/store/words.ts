import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newEnvironment, type Open, T0, withStore } from './samples.ts'

export function wordCases(open: Open): void {
  it(
    'templates are kept for each kind and language, each environment its own, and go with it',
    withStore(open, async ({ templates, environments, ...store }, environment) => {
      const other = await newEnvironment({ templates, environments, ...store }, 'other')
      const mail = {
        environment,
        kind: 'mail',
        language: 'zh',
        parts: { subject: "'%'; {{ title }}\n" },
      } as const
      const english = { ...mail, language: 'en', parts: { text: 'x' } } as const
      const theirs = { ...mail, environment: other, parts: {} }
      for (const template of [mail, english, theirs]) await templates.saveTemplate(template)
      const all = async () =>
        (await templates.templates()).filter((one) => one.environment === environment)
      assert.deepEqual(
        (await all()).toSorted((a, b) => (a.language < b.language ? 1 : -1)),
        [mail, english],
      )
      await templates.saveTemplate({ ...mail, parts: { subject: 'new' } })
      assert.equal(await templates.removeTemplate(environment, 'mail', 'en'), true)
      assert.equal(await templates.removeTemplate(environment, 'mail', 'en'), false)
      assert.deepEqual(await all(), [{ ...mail, parts: { subject: 'new' } }])
      await environments.removeEnvironment(environment)
      assert.deepEqual(await templates.templates(), [theirs])
      await assert.rejects(templates.saveTemplate(mail), { reason: 'gone' })
    }),
  )

  it(
    'that a template failed is kept until it is saved again',
    withStore(open, async ({ templates }, environment) => {
      const template = { environment, kind: 'wecom', language: 'zh', parts: { text: 'x' } } as const
      const failed = { at: T0, why: 'limit exceeded', count: 1 }
      await templates.templateFailed(template, failed)
      assert.deepEqual(await templates.templates(), [])
      await templates.saveTemplate(template)
      await templates.templateFailed(template, failed)
      assert.deepEqual(await templates.templates(), [{ ...template, failed }])
      await templates.saveTemplate(template)
      assert.deepEqual(await templates.templates(), [template])
    }),
  )
}
