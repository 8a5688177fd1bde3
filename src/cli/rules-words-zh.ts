import type { RulesWords } from './rules-words.ts'

export const chinese: RulesWords = {
  test: (name, number) => (name === '' ? `第 ${number} 个测试` : `测试“${name}”`),
  alerts: (name, at) => `${at} 时的告警 ${name}`,
  samples: (expr, at) => `${at} 时的 ${expr}`,
  broken: {
    test: '测试无法运行',
    series: '输入序列无法解析',
    rule: '规则执行失败',
    expression: '表达式执行失败',
  },
  at: (time) => `（${time} 时）`,
  unsupported: (what, subject) =>
    `不支持：${what === 'native histograms' ? '原生直方图' : what}：${subject}`,
  noRules: (path) => `没有文件匹配 ${path}`,
  legend: '- 期望，+ 实际',
  passed: (count) => `${count} 个测试通过`,
  failed: (failed, count) => `${count} 个测试中 ${failed} 个失败`,
  unusable: (files) => `${files} 个文件无法运行`,
}
