/** The fixed words of causes and explanations, in the languages of the readers. */
import type { NodeChange } from './node-change.ts'
import type { Dimension, Measure } from './standing-out.ts'
import type { Verdict } from './verdict.ts'

export type Language = 'zh' | 'en'

const zh = {
  and: '、',
  dimension: {
    callee_ip: '节点',
    caller: '主调',
    set: 'SET 分组',
    interface: '接口',
    version: 'TARS 版本',
    return_code: '返回码',
  } satisfies Record<Dimension, string>,
  change: {
    restart: '重启',
    stop: '停止',
    publish: '发布',
    version: '版本变更',
    crash: '异常退出',
  } satisfies Record<NodeChange['kind'], string>,
  measure: {
    failures: '新增失败',
    latency: '新增耗时',
    traffic: '流量变化',
  } satisfies Record<Measure, string>,
  verdict: {
    node: '个别节点的问题',
    process: '节点上的进程异常退出',
    service: '整个服务的问题',
    caller: '主调方的问题',
    network: '网络或排队的问题：主调看到超时或变慢，被调自身正常',
  } satisfies Record<Verdict['kind'], string>,
  finding: (measure: string, share: string, dimension: string, values: string, traffic: string) =>
    `${measure}的 ${share} 来自${dimension} ${values}（占调用量 ${traffic}）`,
  since: (time: string) => `，始于 ${time}`,
  afterChange: (change: string, time: string) => `，在其${change}（${time}）之后`,
  slowTail: (share: string, traffic: string, bound: string) =>
    `新增耗时的 ${share} 来自 ${traffic} 的调用，耗时 ${bound}`,
  upTo: (ms: number) => `至多 ${ms} ms`,
  beyond: (ms: number) => `超过 ${ms} ms`,
  step: {
    isolateNode: (nodes: string) => `下一步：隔离节点 ${nodes}，并查看其日志与负载`,
    checkProcess: (nodes: string) =>
      `下一步：检查节点 ${nodes} 上的进程：日志、core 文件与内存，以及是否已被重新拉起`,
    checkChange: (nodes: string, change: string, time: string) =>
      `下一步：检查节点 ${nodes} 的${change}（${time}），必要时回退`,
    checkCaller: (callers: string) => `下一步：检查主调 ${callers} 的发布、配置与网络`,
    checkNetwork: (where: string) => `下一步：检查${where}网络与被调的请求队列等待时间`,
    checkInterface: (interfaces: string) => `下一步：检查接口 ${interfaces} 的日志`,
    checkService: '下一步：检查被调的日志与最近的发布',
  },
  between: (from: string, to: string) => ` ${from} 到 ${to} 的`,
  fromOnly: (from: string) => ` ${from} 一侧的`,
  toOnly: (to: string) => `到节点 ${to} 的`,
  because: (alert: string, cause: string, path: string) => `${alert} 的原因在 ${cause}（${path}）`,
  machine: (node: string, names: string) =>
    `同一节点 ${node} 上的 ${names} 也异常：请先检查该节点的主机、网络与磁盘`,
  impact: (count: number, names: string) => `受影响的主调 ${count} 个：${names}`,
  impactOfLoad: (count: number, names: string) => `受影响的被调 ${count} 个：${names}`,
  /** Beside the first that has one. */
  ofTrouble: (share: string) => `占异常的 ${share}`,
  ofLoad: (share: string) => `占变化量的 ${share}`,
  more: (count: number) => ` 等，另有 ${count} 个`,
  excused: (node: string, change: string, time: string) =>
    `节点 ${node} 的${change}（${time}）会造成短时影响，未通知；若持续则通知`,
}

export type Words = typeof zh

const en: Words = {
  and: ', ',
  dimension: {
    callee_ip: 'node',
    caller: 'caller',
    set: 'set',
    interface: 'interface',
    version: 'TARS version',
    return_code: 'return code',
  },
  change: {
    restart: 'restart',
    stop: 'stop',
    publish: 'publish',
    version: 'new version',
    crash: 'crash',
  },
  measure: {
    failures: 'new failures',
    latency: 'additional time',
    traffic: 'change of traffic',
  },
  verdict: {
    node: 'Trouble of single nodes',
    process: 'A process died',
    service: 'Trouble of the whole service',
    caller: 'Trouble of a caller',
    network: 'Network or queue: callers see time-outs or delays, the callee itself is well',
  },
  finding: (measure, share, dimension, values, traffic) =>
    `${share} of the ${measure}: ${dimension} ${values} (${traffic} of the calls)`,
  since: (time) => `, since ${time}`,
  afterChange: (change, time) => `, after its ${change} at ${time}`,
  slowTail: (share, traffic, bound) =>
    `${share} of the additional time: ${traffic} of the calls, which took ${bound}`,
  upTo: (ms) => `up to ${ms} ms`,
  beyond: (ms) => `more than ${ms} ms`,
  step: {
    isolateNode: (nodes) => `Next: isolate ${nodes}, see its log and load`,
    checkProcess: (nodes) =>
      `Next: check the process on ${nodes}: its log, core dumps and memory, and whether it was started again`,
    checkChange: (nodes, change, time) =>
      `Next: check the ${change} of ${nodes} at ${time}; roll it back if need be`,
    checkCaller: (callers) => `Next: check releases, configuration and network of ${callers}`,
    checkNetwork: (where) => `Next: check the network${where} and the queue of the callee`,
    checkInterface: (interfaces) => `Next: see the log for the interface ${interfaces}`,
    checkService: 'Next: see the log of the callee and its latest release',
  },
  between: (from, to) => ` from ${from} to ${to}`,
  fromOnly: (from) => ` of ${from}`,
  toOnly: (to) => ` to ${to}`,
  because: (alert, cause, path) => `${alert} because of ${cause} (${path})`,
  machine: (node, names) =>
    `On the same node ${node} in trouble, too: ${names}. Check its host, network and disk first`,
  impact: (count, names) => `${count} ${count === 1 ? 'caller is' : 'callers are'} hit: ${names}`,
  impactOfLoad: (count, names) =>
    `${count} ${count === 1 ? 'callee is' : 'callees are'} hit: ${names}`,
  ofTrouble: (share) => `${share} of the trouble`,
  ofLoad: (share) => `${share} of the change`,
  more: (count) => ` and ${count} more`,
  excused: (node, change, time) =>
    `As expected for a while after the ${change} of ${node} at ${time}: told only if it lasts`,
}

export const WORDS: Readonly<Record<Language, Words>> = { zh, en }
