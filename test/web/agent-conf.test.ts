import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agentConf } from '../../src/web/agent-conf.ts'

describe('AgentServer.conf ready to paste', () => {
  it('names the key and the cloud', () => {
    const conf = agentConf('key', 'https://alarm.example.com')
    assert.equal(conf, '<main>\n  env_key=key\n  cloud_url=https://alarm.example.com\n</main>\n')
  })

  const clouds: [cloud: string, allowed: boolean][] = [
    ['http://127.0.0.1:8800', false],
    ['http://localhost:8800', false],
    ['http://[::1]:8800', false],
    ['https://10.0.0.8', false],
    ['http://10.0.0.8:8800', true],
    ['http://localhost.example.com', true],
  ]
  for (const [cloud, allowed] of clouds) {
    it(`${cloud} ${allowed ? 'needs' : 'does not need'} the agent's leave to send in plain text`, () => {
      assert.equal(agentConf('key', cloud).includes('allow_insecure=true'), allowed)
    })
  }
})
