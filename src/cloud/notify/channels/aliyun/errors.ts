/**
 * What the codes of Aliyun's SMS and voice service mean.
 * Sources: help.aliyun.com, API error codes of SMS (101346) and of voice (178344), common codes of its RPC.
 */
import type { ChannelReason } from '../channel.ts'
import type { AliyunMeaning } from './rpc.ts'

const KEY = 'check access_key_id and access_key_secret'
const RIGHTS = 'the AccessKey needs the right to send: AliyunDysmsFullAccess, AliyunDyvmsFullAccess'
const MONEY = 'the account has no money left, or is suspended: look at its billing'
const TEMPLATE = 'compare template_code and variables with the template in its console'

const MEANINGS: Readonly<Record<string, readonly [ChannelReason, string?]>> = {
  'isv.BUSINESS_LIMIT_CONTROL': ['busy'],
  'isv.DAY_LIMIT_CONTROL': ['busy', 'the limit of a day that is set in its console'],
  'isv.MONTH_LIMIT_CONTROL': ['busy', 'the limit of a month that is set in its console'],
  'isp.SYSTEM_ERROR': ['busy'],
  'isp.GATEWAY_ERROR': ['busy'],
  'isp.UNKNOWN': ['busy'],
  'isv.VOICE_CALL_FAIL': ['busy'],
  'isv.VOICE_ROBOT_NOT_PERIOD': ['busy', 'no calls at this time of day'],
  'isv.VOICE_CALL_PERIOD_ERROR': ['busy', 'no calls at this time of day'],
  ServiceUnavailable: ['busy'],
  InternalError: ['busy'],
  'isv.MOBILE_NUMBER_ILLEGAL': ['invalid-address', 'give a number such as 13800000000'],
  'isv.MOBILE_COUNT_OVER_LIMIT': ['invalid-address'],
  'isv.DOMESTIC_NUMBER_NOT_SUPPORTED': ['invalid-address'],
  'isv.COMPLAINT_REJECT': ['refused', 'whoever has this number complained of such calls'],
  'isv.SMS_CONTENT_ILLEGAL': ['refused'],
  'isv.BLACK_KEY_CONTROL_LIMIT': ['refused', 'a value holds a word that is not allowed'],
  'isv.PARAM_NOT_SUPPORT_URL': ['refused', 'a value looks like an address'],
  'isv.PARAM_LENGTH_LIMIT': ['refused', 'a value is too long for the template'],
  'isv.INVALID_JSON_PARAM': ['refused'],
  'isv.INVALID_PARAMETERS': ['misconfigured', TEMPLATE],
  'isv.TEMPLATE_MISSING_PARAMETERS': ['misconfigured', TEMPLATE],
  'isv.TEMPLATE_PARAMS_ILLEGAL': ['misconfigured', TEMPLATE],
  'isv.TEMPLATE_ILLEGAL': ['misconfigured', TEMPLATE],
  'isv.SMS_TEMPLATE_ILLEGAL': ['misconfigured', TEMPLATE],
  'isv.TTS_TEMPLATE_ILLEGAL': ['misconfigured', TEMPLATE],
  'isv.SMS_SIGNATURE_ILLEGAL': ['misconfigured', 'give an approved signature (签名) as sign_name'],
  'isv.SMS_SIGN_ILLEGAL': ['misconfigured', 'give an approved signature (签名) as sign_name'],
  'isv.SIGN_STATE_ILLEGAL': ['misconfigured', 'give an approved signature (签名) as sign_name'],
  'isv.SMS_SIGNATURE_SCENE_ILLEGAL': ['misconfigured', 'signature and template differ in kind'],
  'isv.DISPLAY_NUMBER_ILLEGAL': ['misconfigured', 'check show_number, and the number called'],
  'isv.DENY_IP_RANGE': ['misconfigured', 'it takes no calls from where this machine is'],
  'isp.RAM_PERMISSION_DENY': ['misconfigured', RIGHTS],
  NoPermission: ['misconfigured', RIGHTS],
  'isv.OUT_OF_SERVICE': ['disabled', MONEY],
  'isv.AMOUNT_NOT_ENOUGH': ['disabled', MONEY],
  'isv.ACCOUNT_ABNORMAL': ['disabled', MONEY],
  'isv.ACCOUNT_NOT_EXISTS': ['disabled', KEY],
  'isv.PRODUCT_UN_SUBSCRIPT': ['disabled', 'the account has not ordered this service'],
  'isv.PRODUCT_UNSUBSCRIBE': ['disabled', 'the account has not ordered this service'],
  'InvalidAccessKeyId.NotFound': ['disabled', KEY],
  'InvalidAccessKeyId.Inactive': ['disabled', 'the AccessKey was switched off'],
  SignatureDoesNotMatch: ['misconfigured', KEY],
  IncompleteSignature: ['misconfigured', KEY],
  'InvalidTimeStamp.Expired': ['misconfigured', 'the clock of this machine is off by 15 minutes'],
  SignatureNonceUsed: ['busy'],
}

/** Of 触发天级流控Permits:40. */
const WINDOWS: readonly (readonly [RegExp, number])[] = [
  [/天|day|小时|hour/i, 3_600_000],
  [/分钟|minute/i, 60_000],
]

export function aliyunMeaning(code: string, message: string): AliyunMeaning {
  const [reason, advice] = MEANINGS[code] ?? [
    code.startsWith('Throttling') ? 'busy' : 'misconfigured',
  ]
  if (code !== 'isv.BUSINESS_LIMIT_CONTROL') return { reason, advice }
  const [, retryAfterMs] = WINDOWS.find(([words]) => words.test(message)) ?? []
  return { reason, advice: 'too many to this number', retryAfterMs, isOfNumber: true }
}
