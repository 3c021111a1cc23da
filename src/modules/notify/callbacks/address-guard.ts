import { lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';

const FORBIDDEN = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  FORBIDDEN.addSubnet(address, bits, 'ipv4');
}
for (const [address, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  FORBIDDEN.addSubnet(address, bits, 'ipv6');
}

/** A callback's destination is inside our own network. */
export class ForbiddenAddressError extends Error {
  constructor() {
    super('The callback address is loopback, private or link-local');
    this.name = 'ForbiddenAddressError';
  }
}

/** Whether callbacks must not go to an IP address (public section 10). */
export function isForbiddenAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  // An IPv4 address written as IPv6 is judged as IPv4 by the block list.
  return FORBIDDEN.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

type LookupDone = (error: Error | null, address: unknown, family?: number) => void;

/**
 * A DNS look-up for connections that gives no forbidden address: what is checked is what is connected to, so a name
 * cannot point elsewhere a moment later.
 */
export function guardedLookup(hostname: string, options: object, done: LookupDone): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, []);
    const fine = addresses.filter(({ address }) => !isForbiddenAddress(address));
    const [first] = fine;
    if (!first) return done(new ForbiddenAddressError(), []);
    if ('all' in options && options.all === true) return done(null, fine);
    return done(null, first.address, first.family);
  });
}
