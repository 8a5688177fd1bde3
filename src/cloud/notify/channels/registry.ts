/** The channels there are: a line each. */
import type { Delivery } from '../ports.ts'
import type { Channel, Render } from './channel.ts'
import type { MailConfig } from './mail/config.ts'
import { openMail } from './mail/mail.ts'
import { renderMail } from './mail/render.ts'

export interface ChannelConfigs {
  readonly mail?: MailConfig | undefined
}

export const RENDER: Readonly<Record<Delivery['channel'], Render>> = { mail: renderMail }

/** Opens what is configured. */
export function openChannels({ mail }: ChannelConfigs): Channel[] {
  return [...(mail ? [openMail(mail)] : [])]
}
