import type { reachZh } from './reach-zh.ts'
import type { Texts } from './texts.ts'

/** Phones of contacts, and ids by which robots of chat groups mention them. */
export const reachEn: Texts<typeof reachZh> = {
  column: 'Phone, IDs',
  phone: 'Mobile phone',
  dingtalk: 'DingTalk userid',
  wecom: 'WeCom userid',
  feishu: 'Feishu user ID',
  group: 'Mentioned by robots of chats',
  groupNote:
    'A robot mentions this contact in alarms that go to both; nobody is mentioned when an alarm is over. All are optional.',
  noMail: 'no mail address',
  hints: {
    email: 'Optional, but mail address, phone or one of the IDs is needed',
    phone:
      'Such as 13800000000, or +85291234567 outside mainland China. SMS and calls go there; robots of DingTalk and WeCom mention it where their ID is missing',
    dingtalk: 'In the admin console of DingTalk: Contacts → member → UserID; not the name',
    wecom:
      'In the admin console of WeCom: Contacts → member → account. With the phone alone messages become plain text',
    feishu: 'In the admin console of Feishu: Members → user ID; or an open_id (ou_…)',
  },
}
