/** Of the list of rules. */
export const ruleListZh = {
  search: '搜索规则',
  nothing: '没有名称或说明包含“{search}”的规则。',
  alarms: '它的告警',
  threshold: '它的阈值',
}
