/** Which addresses belong to the internet at large: nobody may point a channel at our own network. */
import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** IANA's special-purpose registries: what is not globally reachable, and multicast. */
const SPECIAL_V4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4'
/** Inside 2000::/3: Teredo and its kin, documentation, 6to4. Whatever is outside is refused as it is. */
const SPECIAL_V6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20'

const special = new BlockList()
const global6 = new BlockList()
for (const range of SPECIAL_V4.split(' ')) special.addSubnet(...subnet(range), 'ipv4')
for (const range of SPECIAL_V6.split(' ')) special.addSubnet(...subnet(range), 'ipv6')
global6.addSubnet('2000::', 3, 'ipv6')

export class PrivateAddressError extends Error {
  readonly code = 'EPRIVATE'

  constructor(host: string) {
    super(`${host} is no public address`)
  }
}

/** Whether `address` (IPv4 or IPv6, also IPv4 inside IPv6) is one of the internet at large. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special.check(address, 'ipv4')
  return family === 6 && global6.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/**
 * Looks up as `dns.lookup`, leaves out private addresses, and fails where no other is left. Given to the
 * socket, so that the address that was checked is the one that is connected to.
 */
export function publicLookup(resolve: typeof lookup = lookup): LookupFunction {
  return (host, options, done) => {
    const all: LookupAllOptions = { ...options, all: true } as LookupAllOptions
    resolve(host, all, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error) return done(error, '')
      const addresses = found.filter(({ address }) => isPublicAddress(address))
      const [first] = addresses
      if (!first) return done(new PrivateAddressError(host), '')
      if (options.all) return done(null, addresses)
      done(null, first.address, first.family)
    })
  }
}

function subnet(range: string): [string, number] {
  const [net = '', bits] = range.split('/')
  return [net, Number(bits)]
}
