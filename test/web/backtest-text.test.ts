import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { notesOf, placeOf, toldIn } from '../../src/web/backtest-text.ts'

const all = { fromMs: 0, toMs: 100 }
const quiet = { ...all, judged: all, short: [], unreadable: [] }
const short = (rule: string, more = {}) => ({ rule, judged: all, missing: [], ...more })

describe('what a backtest says of the time that it judged', () => {
  for (const [name, report, expected] of [
    ['all of it: no word', {}, []],
    ['nothing', { judged: null }, ['nothing {}']],
    ['from some time on', { judged: { fromMs: 40, toMs: 100 } }, ['since {"from":40,"to":100}']],
    ['up to some time', { judged: { fromMs: 0, toMs: 60 } }, ['until {"from":0,"to":60}']],
    ['between', { judged: { fromMs: 40, toMs: 60 } }, ['between {"from":40,"to":60}']],
    [
      'less than it looks back for',
      { short: [short('A', { wholeFromMs: 70 })] },
      ['whole {"rule":""} {"at":70}'],
    ],
    [
      'each of two rules by its name',
      {
        short: [
          short('A', { judged: null, missing: ['w', 'x', 'y', 'z'] }),
          short('B', { judged: { fromMs: 40, toMs: 100 } }),
        ],
      },
      [
        'missing {"rule":"A: ","missing":"w, x, y, …"}',
        'since {"rule":"B: "} {"from":40,"to":100}',
      ],
    ],
    ['what cannot be read', { unreadable: ['block 7'] }, ['unreadable {"what":"block 7"}']],
  ] as const) {
    it(name, () => {
      const notes = notesOf({ ...quiet, ...report })
      const texts = notes.map(({ key, words, times }) => {
        const shown = [words, times]
          .map((each) => JSON.stringify(each))
          .filter((one) => one !== '{}')
        return [key, ...(shown.length > 0 ? shown : ['{}'])]
          .join(' ')
          .replace('{"rule":""} {"f', '{"f')
      })
      assert.deepEqual(texts, expected)
    })
  }
})

describe('whom a backtest tells', () => {
  it('is told of both runs, whom they tell most first', () => {
    const told = toldIn([{ byContact: { Li: 1, Wang: 7 } }, { byContact: { Zhao: 2, Li: 1 } }])
    assert.deepEqual(told, [
      { name: 'Wang', counts: [7, 0] },
      { name: 'Zhao', counts: [0, 2] },
      { name: 'Li', counts: [1, 1] },
    ])
  })
})

describe('what an alarm of a backtest is about', () => {
  for (const [labels, expected] of [
    [{ alertname: 'A', severity: 'WARN', callee: 'App.Pay', interface: 'pay' }, 'App.Pay pay'],
    [{ callee: 'App.Pay', interface: '', callee_ip: '10.0.0.1' }, 'App.Pay callee_ip=10.0.0.1'],
    [{ module: 'App.Pay', property: 'queue', ip: 'h' }, 'App.Pay queue ip=h'],
    [{ job: 'db' }, 'job=db'],
    [{}, ''],
  ] as const) {
    it(`${JSON.stringify(labels)}: ${expected}`, () => {
      assert.equal(placeOf({ labels }), expected)
    })
  }
})
