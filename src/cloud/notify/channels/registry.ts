/** The channels there are: a line each. */
import type { z } from 'zod'
import type { ChannelKind, ReceiverKind } from '../ports.ts'
import { renderAliyun } from './aliyun/render.ts'
import { aliyunSmsSettings, aliyunVoiceSettings } from './aliyun/settings.ts'
import { openAliyunSms } from './aliyun/sms.ts'
import { openAliyunVoice } from './aliyun/voice.ts'
import type { Channel, ChannelDeps, Render } from './channel.ts'
import { openDingtalk } from './dingtalk/dingtalk.ts'
import { renderDingtalk } from './dingtalk/render.ts'
import { dingtalkSettings } from './dingtalk/settings.ts'
import { openFeishu } from './feishu/feishu.ts'
import { renderFeishu } from './feishu/render.ts'
import { feishuSettings } from './feishu/settings.ts'
import type { MailConfig } from './mail/config.ts'
import { openMail } from './mail/mail.ts'
import { renderMail } from './mail/render.ts'
import { renderWebhook } from './webhook/render.ts'
import { webhookSettings } from './webhook/settings.ts'
import { openWebhook } from './webhook/webhook.ts'
import { renderWecom } from './wecom/render.ts'
import { wecomSettings } from './wecom/settings.ts'
import { openWecom } from './wecom/wecom.ts'

export interface ChannelConfigs {
  readonly mail?: MailConfig | undefined
}

/** A kind of channel to receivers, each with settings of its own. */
export interface ReceiverChannel {
  readonly settings: z.ZodType
  readonly render: Render
  /** @throws {z.ZodError} `settings` are not of this kind. */
  open(settings: unknown, deps: ChannelDeps): Channel
}

export const RECEIVER_CHANNELS: Readonly<Record<ReceiverKind, ReceiverChannel>> = {
  dingtalk: receivers(dingtalkSettings, openDingtalk, renderDingtalk),
  wecom: receivers(wecomSettings, openWecom, renderWecom),
  feishu: receivers(feishuSettings, openFeishu, renderFeishu),
  webhook: receivers(webhookSettings, openWebhook, renderWebhook),
  'aliyun-sms': receivers(aliyunSmsSettings, openAliyunSms, renderAliyun),
  'aliyun-voice': receivers(aliyunVoiceSettings, openAliyunVoice, renderAliyun),
}

export function renderFor(kind: ChannelKind): Render {
  return kind === 'mail' ? renderMail : RECEIVER_CHANNELS[kind].render
}

function receivers<Settings>(
  settings: z.ZodType<Settings>,
  open: (settings: Settings, deps: ChannelDeps) => Channel,
  render: Render,
): ReceiverChannel {
  return { settings, render, open: (given, deps) => open(settings.parse(given), deps) }
}

/** Opens what is configured. */
export function openChannels({ mail }: ChannelConfigs): Channel[] {
  return [...(mail ? [openMail(mail)] : [])]
}
