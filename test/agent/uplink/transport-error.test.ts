import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { transportError } from '../../../src/agent/uplink/transport-error.ts'

const error = (code: string, message: string) => Object.assign(new Error(message), { code })

describe('what went wrong on the way to the cloud', () => {
  const cases: [name: string, error: unknown, said: RegExp][] = [
    ['expired', error('CERT_HAS_EXPIRED', 'certificate has expired'), /cloud has expired/],
    ['not valid yet', error('CERT_NOT_YET_VALID', 'x'), /not valid yet.*clock of this machine/],
    ['self-signed', error('DEPTH_ZERO_SELF_SIGNED_CERT', 'x'), /signed itself.*ca_file/],
    ['another authority', error('SELF_SIGNED_CERT_IN_CHAIN', 'x'), /not trusted here.*ca_file/],
    [
      'another host',
      error(
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "Hostname/IP does not match certificate's altnames: Host: a.b. is not in the cert's altnames: DNS:c.d",
      ),
      /for another host: Host: a\.b\. is not in the cert's altnames: DNS:c\.d$/,
    ],
    ['no TLS', error('ERR_SSL_WRONG_VERSION_NUMBER', 'x'), /speaks no TLS/],
    ['no such host', error('ENOTFOUND', 'x'), /^ENOTFOUND: no such host.*cloud_url/],
    ['refused', error('ECONNREFUSED', 'connect ECONNREFUSED ::1:1'), /^ECONNREFUSED: connect/],
    [
      'refused by each address of a host',
      Object.assign(new AggregateError([error('ECONNREFUSED', 'connect ::1')]), {
        code: 'ECONNREFUSED',
      }),
      /^ECONNREFUSED: connect ::1$/,
    ],
    ['of several lines', error('EPROTO', 'first\nsecond'), /^EPROTO: first$/],
    ['without a code', new Error('odd'), /^odd$/],
  ]
  for (const [name, fault, said] of cases) {
    it(name, () => assert.match(transportError(fault, undefined), said))
  }

  it('names the proxy, where there is one', () => {
    const said = transportError(error('ECONNREFUSED', 'connect'), '10.0.0.1:3128')
    assert.equal(said, 'by proxy 10.0.0.1:3128: ECONNREFUSED: connect')
  })
})
