import type { Finding } from './store-inspect.ts'
import type { Loss } from './store-loss.ts'
import type { LogLoss } from './store-mend.ts'
import type { Gap } from './store-segment.ts'
import { type StoreWords, sizeText, spanText, timeText, whatText } from './store-words.ts'

const number = (value: number) => value.toLocaleString('en-US')

const STATE_LOSS = '最新的块之前哪些批次已计入已无从得知:重发的批次会被重复计入'

function gapText({ bytes, afterMs, beforeMs }: Gap): string {
  const after = afterMs === undefined ? '' : ` ${timeText(afterMs)} 之后`
  const before = beforeMs === undefined ? '' : ` ${timeText(beforeMs)} 之前`
  return `${sizeText(bytes)} 不是记录;${after}${before}收到的批次可能缺失`
}

function findingLines(finding: Finding): readonly string[] {
  const { file } = finding
  switch (finding.kind) {
    case 'torn':
      return [
        `${file}:末尾 ${sizeText(finding.bytes)} 未写完:崩溃之后或云端运行时属正常,下次启动时截去`,
      ]
    case 'part':
      return [
        `${file}:未写完的文件,${sizeText(finding.bytes)}:崩溃之后或云端运行时属正常,不会被读取`,
      ]
    case 'kept':
      return [`${file}:修复时保留的损坏文件,共 ${sizeText(finding.bytes)};不再需要时可删除`]
    case 'foreign':
      return [`${file}:不是本程序的文件,不作处理`]
    case 'replaced':
      return [`${file}:内容已由更新的文件取代,下次启动时删除`]
    case 'log':
      return [
        ...finding.gaps.map((gap) => `${file}:已损坏:${gapText(gap)}`),
        ...finding.strange.map((why) => `${file}:已损坏:有一条记录不是批次:${why}`),
      ]
    case 'block':
      return finding.damages.map(({ section, what }) => `${file}:已损坏:${whatText(section, what)}`)
    case 'stateless':
      return [`${file}:不存在:${STATE_LOSS}`]
    case 'state':
    case 'events':
      return [`${file}:已损坏:${finding.why}`]
    case 'later':
      return [`${file}:由更新的版本写入:${finding.why}`]
    case 'unreadable':
      return [`${file}:无法读取:${finding.why}`]
  }
}

function lossText(loss: Loss | LogLoss): string {
  switch (loss.what) {
    case 'block':
      return `整个块:${loss.why}`
    case 'family':
      return `${loss.family} 类的全部记录`
    case 'rows':
      return `${loss.family} 类至多 ${number(loss.records)} 条记录的全部数据,${spanText(loss.fromMs, loss.toMs)}`
    case 'values':
      return `${loss.family} 类至多 ${number(loss.records)} 条记录的第 ${loss.columns.join('、')} 列,${spanText(loss.fromMs, loss.toMs)}`
    case 'bytes':
      return `${loss.where}:无法得知原来的内容`
    case 'gap':
      return gapText(loss)
    case 'strange':
      return `${number(loss.records)} 条不是批次的记录`
    case 'state':
      return STATE_LOSS
    case 'events':
      return '数分钟或数小时的原始事件;其计数仍在块中'
  }
}

export const chinese: StoreWords = {
  noStore: (data) => `${data} 中没有时序数据:请指定云端的数据目录`,
  noEnvironment: (environment, data) => `${data} 中没有环境 ${environment} 的时序数据`,
  nothing: '还没有任何环境的时序数据',
  progress: (percent, file) => `${percent} % ${file}`,
  summary: ({ environment, log, blocks, hours }) => [
    `${environment}`,
    `  日志:${number(log.segments)} 段,${number(log.records)} 条批次记录,${sizeText(log.bytes)}`,
    `  原始数据:${number(blocks.blocks)} 块,${number(blocks.rows)} 行,${number(blocks.samples)} 个样本,${sizeText(blocks.bytes)}`,
    `  小时汇总:${number(hours.blocks)} 块,${number(hours.rows)} 行,${sizeText(hours.bytes)}`,
  ],
  finding: findingLines,
  more: (count) => `……另有 ${count} 处`,
  sound: (environments) => `完好:${number(environments)} 个环境`,
  damaged: (files) => `已损坏:${number(files)} 个文件`,
  nextRepair: (command) => `下一步:停止云端,然后运行:${command}`,
  repaired: ({ file, kept, problem }) =>
    problem !== undefined
      ? `${file}:未能修复:${problem}`
      : `${file}:已修复${kept ? `;损坏的文件保留为 ${kept.file},${sizeText(kept.bytes)}` : ''}。丢失:`,
  lost: lossText,
  doneRepair: (repaired, failed) =>
    `已修复:${number(repaired)} 个文件${failed > 0 ? `;未能修复:${number(failed)} 个` : ''}`,
  nothingToRepair: '没有需要修复的内容',
  nextStart: (kept) => `下一步:启动云端。确认不再需要后,可删除 ${kept.join('、')}`,
}
