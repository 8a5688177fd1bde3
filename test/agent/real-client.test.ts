import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { startTestAgent } from './agent-rig.ts'
import { CloudDouble } from './support/cloud-double.ts'
import { SlowDisk } from './support/disks.ts'
import { tempFolder } from './support/temp-folder.ts'

it('the real @tars/notify is answered when its notify is on disk, not before', async (t) => {
  const cloud = await CloudDouble.start(t)
  const disk = new SlowDisk()
  t.after(() => disk.release())
  const folder = tempFolder()
  const { agent, port } = await startTestAgent(t, folder, cloud, { disk })
  disk.hold()
  const config = join(folder, 'client.conf')
  writeFileSync(
    config,
    `<tars><application>
      <client>
        async-invoke-timeout=5000
      </client>
      <server>
        app=Shop
        server=PayServer
        notify=tars.tarsnotify.NotifyObj@tcp -h 127.0.0.1 -p ${port} -t 5000
      </server>
    </application></tars>`.replaceAll('><', '>\n<'),
  )
  const text = '订单 42 失败'
  const client = spawn(process.execPath, ['test/agent/peers/notify-client.ts', config, text], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.after(() => client.kill('SIGKILL'))
  await disk.waiting()
  assert.equal(agent.status().host.unanswered, 1)
  assert.equal(cloud.received.length, 0)
  disk.release()
  await cloud.requests(1)
  assert.equal(agent.status().host.unanswered, 0)
  const [event] = cloud.batches[0]?.events ?? []
  assert.equal(event?.module, 'Shop.PayServer')
  assert.equal(event?.level, 'error')
  assert.equal(event?.text, text)
  assert.equal(event?.title, '订单 * 失败')
})
