/** Our answers beside those of a real Prometheus, recorded; where one is installed, the recording too is tried. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ApiCall, OF_GRAFANA, OTHERS, SERIES } from './calls.ts'
import { type Door, openDoor, sourceOf } from './door.ts'
import { noPrometheus } from './real-prometheus.ts'
import { RULE_FILE, readRecording, record, type Told } from './recording.ts'
import { ruleReads } from './rule-reads.ts'

const recording = readRecording()

/** Times of evaluations differ from run to run. */
function timeless(told: Told | undefined): unknown {
  const text = JSON.stringify({ status: told?.status, body: told?.body })
  const times = /"(lastEvaluation|activeAt)":"[^"]+Z"/g
  const parsed = JSON.parse(text.replace(times, '"$1":"Z"').replaceAll(RULE_FILE, 'rules.yaml'))
  return JSON.parse(
    JSON.stringify(parsed, (key, value) => (key === 'evaluationTime' ? typeof value : value)),
  )
}

describe('the door answers what Prometheus answers', () => {
  let door: Door
  before(async () => {
    door = await openDoor({ source: sourceOf(SERIES), rules: await ruleReads(RULE_FILE) })
  })
  after(() => door.close())

  const ask = ({ path, parameters, method }: ApiCall) =>
    method === 'POST' ? door.post(path, parameters) : door.get(path, parameters)

  const suites = { 'to Grafana': OF_GRAFANA, 'to whoever asks': OTHERS }
  for (const [suite, calls] of Object.entries(suites)) {
    describe(suite, () => {
      for (const [name, call] of Object.entries(calls)) {
        it(name, async () => {
          const { status, body } = await ask(call)
          assert.deepEqual({ status, body }, recording[name])
        })
      }
    })
  }

  it('to the list of rules', async () => {
    assert.deepEqual(timeless(await door.get('rules')), timeless(recording.rules))
  })

  it('to the list of alerts', async () => {
    assert.deepEqual(timeless(await door.get('alerts')), timeless(recording.alerts))
  })
})

describe('a real Prometheus', { skip: noPrometheus }, () => {
  it('still answers as recorded', async () => {
    const told = await record()
    assert.deepEqual(Object.keys(told), Object.keys(recording))
    for (const [name, each] of Object.entries(told)) {
      assert.deepEqual(timeless(each), timeless(recording[name]), name)
    }
  })
})
