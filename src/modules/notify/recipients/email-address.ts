import { domainToASCII } from 'node:url';
import { trimmedVisible } from './invisible-characters.ts';

export const EMAIL_ADDRESS_MESSAGE = 'Not a valid email address';

const ADDRESS = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@([^.@][^@\s]+)$/;
const LABEL = /^(?:xn|[a-z0-9]+)(?:--?[a-z0-9]+)*$/i;
const LAST_LABEL = /^(?:[a-z]{2,63}|xn--(?:[a-z0-9]+-)*[a-z0-9]+)$/i;
const MAX_ADDRESS = 320;
const MAX_HOST = 253;

/**
 * The form to compare and store an address in: lower case, without invisible characters, the host in Unicode. Undefined
 * when it is none (public API 6.5).
 */
export function normaliseEmailAddress(input: string): string | undefined {
  const address = trimmedVisible(input);
  if (address.length > MAX_ADDRESS || address.includes('..')) return undefined;
  const host = ADDRESS.exec(address)?.[1];
  if (host === undefined || !isHost(asciiHost(host))) return undefined;
  return address.toLowerCase();
}

/** The address as a mail server takes it, its host in punycode. Leaves alone what it cannot convert. */
export function asciiEmailAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const host = asciiHost(address.slice(at + 1));
  return at === -1 || host === '' ? address : `${address.slice(0, at)}@${host}`;
}

/** Empty when the host has no ASCII form. */
function asciiHost(host: string): string {
  // Node converts an all-digit last label to an IPv4 address and drops nothing of an ASCII host otherwise.
  return /^[\x20-\x7e]*$/.test(host) ? host : domainToASCII(host);
}

function isHost(host: string): boolean {
  if (host === '' || host.length > MAX_HOST) return false;
  const labels = host.split('.');
  if (labels.length < 2) return false;
  return (
    labels.every((label) => label.length <= 63 && LABEL.test(label)) && LAST_LABEL.test(labels.at(-1) ?? '')
  );
}
