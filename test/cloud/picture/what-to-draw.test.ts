import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Drawn, whatToDraw } from '../../../src/cloud/picture/what-to-draw.ts'
import { check, metricNames, parse } from '../../../src/promql/index.ts'

const pay = { callee: 'Shop.Pay', interface: 'pay' }
const drawn = (rule: string, labels: Drawn['labels'], annotations: Drawn['annotations'] = {}) => ({
  ...{ rule, labels, annotations },
})

describe('what a picture of an alarm shows', () => {
  const failures = ['tars_timeouts', 'tars_exceptions']
  const cases: [string, Drawn, string, string, string[], boolean][] = [
    [
      'failures of an interface, beside what is usual',
      drawn('FailureRatio', pay),
      'failures',
      'perMinute',
      failures,
      true,
    ],
    [
      'failures of whom callers miss',
      drawn('ServiceDown', { callee: 'Shop.Pay' }),
      'failures',
      'perMinute',
      failures,
      false,
    ],
    [
      'calls of a node that is silent',
      drawn('NodeSilent', { callee: 'Shop.Pay', callee_ip: '10.0.0.1' }),
      'calls',
      'perMinute',
      ['tars_calls'],
      false,
    ],
    [
      'mean latency',
      drawn('LatencyHigh', pay),
      'duration',
      'ms',
      ['tars_duration_ms_sum', 'tars_calls', ...failures],
      true,
    ],
    [
      'mean latency against other days',
      drawn('LatencyDayOverDay', pay),
      'duration',
      'ms',
      ['tars_duration_ms_sum', 'tars_calls', ...failures],
      true,
    ],
    [
      'calls that changed',
      drawn('TrafficFluctuation', pay),
      'calls',
      'perMinute',
      ['tars_calls'],
      true,
    ],
    [
      'calls that ended',
      drawn('ServiceSilent', { callee: 'Shop.Pay' }),
      'calls',
      'perMinute',
      ['tars_calls'],
      false,
    ],
    [
      'a queue',
      drawn('RequestQueueBlocked', { module: 'Shop.Pay' }),
      'queue',
      'none',
      ['tars_property'],
      false,
    ],
    [
      'a queue of callbacks',
      drawn('AsyncQueueBlocked', { module: 'Shop.Pay' }),
      'queue',
      'none',
      ['tars_property'],
      false,
    ],
    [
      'waiting',
      drawn('HandlingDelay', { module: 'Shop.Pay' }),
      'wait',
      'ms',
      ['tars_property'],
      false,
    ],
    [
      'notifies',
      drawn('NotifyError', { module: 'Shop.Pay', node: '10.0.0.1', title: '[alarm] 磁盘"满"' }),
      'events',
      'perMinute',
      ['tars_notify_events'],
      false,
    ],
    [
      "a user's rule that says it is about failures",
      drawn('Mine', { ...pay, symptom: 'failures' }),
      'failures',
      'perMinute',
      failures,
      true,
    ],
    [
      'failures from one caller: usual for all is not usual for one',
      drawn('Mine', { ...pay, caller: 'Shop.Web', symptom: 'failures' }),
      'failures',
      'perMinute',
      failures,
      false,
    ],
  ]
  for (const [sentence, alert, measure, unit, metrics, hasBaseline] of cases) {
    it(sentence, () => {
      const question = whatToDraw(alert, undefined)
      assert.deepEqual([question?.measure, question?.unit], [measure, unit])
      assert.deepEqual(new Set(metricNames(parse(question?.now ?? ''))), new Set(metrics))
      assert.equal(question?.baseline !== undefined, hasBaseline)
    })
  }

  it('its questions are sound, whatever the labels hold', () => {
    for (const [, { rule, labels }] of cases) {
      const alert = drawn(rule, { ...labels, module: 'a"b\\', callee: 'ü\n{}' })
      const { now, calls, allEvents, baseline } = whatToDraw(alert, undefined) ?? { now: '' }
      for (const expr of [now, calls, allEvents, baseline].filter((each) => each !== undefined)) {
        assert.doesNotThrow(() => check(parse(expr)), expr)
      }
    }
  })

  it('of any other rule its value, and the number it is compared with', () => {
    const labels = { alertname: 'Disk', instance: 'a' }
    const question = whatToDraw(drawn('Disk', labels), parse('disk_used / disk > 0.9'))
    assert.equal(question?.now, 'disk_used / disk')
    assert.deepEqual([question?.only, question?.threshold], [labels, { otherwise: 0.9 }])
  })

  it('of a rule that is gone nothing', () => {
    assert.equal(whatToDraw(drawn('Disk', { instance: 'a' }), undefined), undefined)
  })

  it('a threshold that people may have set, where it is of what is drawn', () => {
    const said = { threshold: '200', threshold_unit: 'ms' }
    const { threshold } = whatToDraw(drawn('LatencyHigh', pay, said), undefined) ?? {}
    assert.equal(threshold?.otherwise, 200)
    assert.match(threshold?.query ?? '', /tars_threshold\{rule="LatencyHigh"/)
    const ratio = { threshold: '0.2', threshold_unit: 'ratio' }
    assert.equal(whatToDraw(drawn('FailureRatio', pay, ratio), undefined)?.threshold, undefined)
  })

  it('day over day is beside what is usual on such days, all else beside the last hour', () => {
    const by = (rule: string) =>
      /by="(\w+)"/.exec(whatToDraw(drawn(rule, pay), undefined)?.baseline ?? '')?.[1]
    assert.deepEqual([by('TrafficDayOverDay'), by('TrafficFluctuation')], ['day', 'recent'])
  })
})
