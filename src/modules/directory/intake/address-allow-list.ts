import { BlockList, isIPv6 } from 'node:net';

/** Decides by source address, spec section 7.2. An empty list lets everybody in. */
export function createAddressAllowList(entries: Record<string, string>): (address: string) => boolean {
  const cidrs = Object.values(entries);
  if (cidrs.length === 0) return () => true;
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', prefix = '32'] = cidr.split('/');
    list.addSubnet(network, Number(prefix), 'ipv4');
  }
  return (address) => {
    // An IPv4 caller of a dual-stack listener looks like ::ffff:203.0.113.7.
    const plain = address.replace(/^::ffff:/i, '');
    return !isIPv6(plain) && list.check(plain, 'ipv4');
  };
}
