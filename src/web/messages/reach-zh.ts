/** Phones of contacts, and ids by which robots of chat groups mention them. */
export const reachZh = {
  column: '手机与群账号',
  phone: '手机',
  dingtalk: '钉钉 userid',
  wecom: '企业微信账号',
  feishu: '飞书用户 ID',
  group: "群机器人消息中 {'@'} 此人",
  groupNote:
    "机器人发送的告警若也通知此人，会在消息中 {'@'} 他；恢复消息不 {'@'} 任何人。均可不填。",
  noMail: '没有邮箱',
  hints: {
    email: '可不填；但邮箱、手机、账号至少填一项',
    phone:
      "如 13800000000，境外如 +85291234567。短信和电话告警发到这里；没有填钉钉、企业微信账号时，机器人也用它 {'@'} 此人",
    dingtalk: '钉钉管理后台「通讯录 → 成员管理 → 成员 → 员工 UserID」，不是姓名',
    wecom: "企业微信管理后台「通讯录 → 成员 → 账号」。只用手机 {'@'} 时，消息会变成纯文本",
    feishu: '飞书管理后台「成员与部门 → 成员 → 用户 ID」，或 open_id（ou_ 开头）',
  },
}
