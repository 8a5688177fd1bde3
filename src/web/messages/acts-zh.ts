/** What people do about an alarm, and who else is told when nobody does anything. */
export const actsZh = {
  title: '处理',
  nobody: '还没有人处理这条告警。',
  over: '告警已结束。',
  empty: '没有处理记录。',
  kinds: { acknowledge: '确认', snooze: '暂停通知', close: '关闭' },
  states: { acknowledged: '已确认', snoozed: '已暂停', closed: '已关闭' },
  did: { acknowledge: '确认了告警', snooze: '暂停了通知', close: '关闭了告警' },
  notes: {
    acknowledge: '表示有人在处理：恢复之前不再通知，也不再升级。恢复时照常通知。',
    snooze: '到时间之前不再通知，也不再升级；到时间仍在告警则再通知。恢复时照常通知。',
    close: '这次告警不再通知任何人，包括恢复。再次发生时照常通知。',
  },
  until: '到',
  length: '时长',
  hours: { '1': '1 小时', '4': '4 小时', '24': '1 天', '72': '3 天' },
  note: '说明',
  noteHint: '例如 正在回滚',
  byLink: '通过消息中的链接',
  saved: '已保存',
  unacknowledged: '无人处理',
  faults: { note: '关闭时请填写说明；最多 500 个字符，不含换行', untilMs: '最多 7 天' },
}

export const escalationZh = {
  title: '升级通知',
  intro: '通知之后，若没有人确认，或没有一条消息送达，再通知其他人。',
  none: '不升级',
  add: '添加一步',
  after: '通知后（分钟）',
  unless: '若',
  when: { acknowledged: '没有人确认', delivered: '没有送达任何人' },
  whom: '再通知',
  kinds: { contacts: '联系人', groups: '联系组', rotas: '值班表', receivers: '通知渠道' },
  summary: '升级：{minutes} 分钟',
  faults: {
    afterMinutes: '应为 1 到 1440 的整数，且大于上一步',
    whom: '请选择通知谁；已被删除的请重新选择',
  },
}
