import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Handle } from '#platform/db';
import type { Clock } from '#platform/telemetry';
import { selectAllowedAddresses } from './allow-list-queries.ts';

/** Decides by source address who may call the endpoint (7.2). */
export interface AddressAllowList {
  isAllowed(address: string): Promise<boolean>;
}

/** How old the list may be: what is applied takes effect everywhere within this. */
const CACHE_MS = 2_000;

/** The addresses of the settings and those that were applied by command; while there are none, everybody is let in. */
export function createAddressAllowList(
  { handle, clock }: { handle: Handle; clock: Clock },
  environment: string,
  settings: Record<string, string>,
): AddressAllowList {
  let known: { at: number; check: Promise<AddressCheck> } | undefined;
  const read = async (): Promise<AddressCheck> => {
    const applied = (await selectAllowedAddresses(handle, environment)).flatMap(
      ({ applied }) => applied ?? [],
    );
    return addressCheck([...Object.values(settings), ...applied]);
  };
  return {
    isAllowed: async (address) => {
      const now = clock.now().getTime();
      // A clock that is set back must not keep an old list.
      if (!known || Math.abs(now - known.at) >= CACHE_MS) {
        const last = known?.check;
        // A database that is away must not let anybody in or keep anybody out: the last list stays.
        const check = last ? read().catch(() => last) : read();
        known = { at: now, check };
        check.catch(() => {
          known = undefined;
        });
      }
      return (await known.check)(address);
    },
  };
}

type AddressCheck = (address: string) => boolean;

function addressCheck(cidrs: string[]): AddressCheck {
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

/** `203.0.113.7` or `203.0.113.0/24` as a CIDR, or undefined when it is neither. */
export function readCidr(text: string): string | undefined {
  const [network = '', prefix = '32', ...more] = text.split('/');
  const isPrefix = /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32;
  return isIPv4(network) && isPrefix && more.length === 0 ? `${network}/${Number(prefix)}` : undefined;
}
