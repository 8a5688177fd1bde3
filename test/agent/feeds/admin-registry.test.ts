import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminRegistry } from '../../../src/agent/feeds/admin-registry.ts'
import { closeCommunicator, openCommunicator } from '../../../src/tars/communicator.ts'
import { AdminReg } from '../../../src/tars/idl/admin-reg.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { packetOf } from '../../tars/captured-packets.ts'
import { type Cleanup, startHost } from '../../tars/running-host.ts'

async function connected(test: Cleanup, ret?: number) {
  const { port } = await startHost(test, {
    getProfileTemplate(body, call) {
      const { profileName } = AdminReg.getProfileTemplate.request.decode(body)
      const number = profileName === 'tars.framework-db' ? 1 : 2
      if (ret === undefined) call.respond(decodePacket(captured(number)).body)
      else call.respond(AdminReg.getProfileTemplate.response.encode({ ret, profileTemplate: '' }))
    },
  })
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  const object = `tars.tarsAdminRegistry.AdminRegObj@tcp -h 127.0.0.1 -p ${port}`
  return adminRegistry(communicator, { object })
}

const captured = (number: number) => packetOf(`registry-response-${number}.bin`)

describe('the admin registry', () => {
  it('gives a template joined with its parents', async (test) => {
    const registry = await connected(test)
    const template = await registry.getProfileTemplate('tars.framework-db')
    assert.match(template ?? '', /<db>\s+dbhost=127\.0\.0\.1/)
    assert.match(template ?? '', /locator=\$\{locator\}/)
  })

  it('tells of a template that there is none of that name', async (test) => {
    const registry = await connected(test)
    assert.equal(await registry.getProfileTemplate('no.such.template'), undefined)
  })

  it('throws what the registry returned when it could not do it', async (test) => {
    const registry = await connected(test, -1)
    await assert.rejects(registry.getProfileTemplate('tars.framework-db'), {
      ...{ name: 'CallError', reason: 'refused', code: -1, retryable: false },
      message: 'getProfileTemplate: the registry returned -1',
    })
  })
})
