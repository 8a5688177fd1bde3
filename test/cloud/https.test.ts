import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { CHEAP } from '../support/cheap-password.ts'

const TLS = 'test/fixtures/tls'
const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-https-'))
let cloud: Cloud

before(async () => {
  const tls = `tls: { cert: ${TLS}/server.pem, key: ${TLS}/server.key }`
  const config = parseCloudConfig(`listen: 127.0.0.1:0\ndata: ${folder}\n${tls}\n`, 'https.yaml')
  cloud = await startCloud({ config, clock: systemClock, log: silentLog, passwordCost: CHEAP })
})
after(async () => {
  await cloud.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The status of a POST to ingest, or the error's code. */
function post(ca: Buffer | undefined): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    request(`${cloud.url}/api/v1/batches`, { method: 'POST', ...(ca && { ca }) }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .end()
  })
}

it('with a certificate the cloud speaks HTTPS', async () => {
  assert.match(cloud.url, /^https:/)
  assert.equal(await post(readFileSync(`${TLS}/ca.pem`)), 401)
})

it('and who does not trust its authority does not speak to it', async () => {
  assert.equal(await post(undefined), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})
