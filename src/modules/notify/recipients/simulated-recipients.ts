const SIMULATED_NUMBERS = new Set(['447700900000', '447700900111', '447700900222']);
const SIMULATED_ADDRESSES = new Set(
  ['simulate-delivered', 'simulate-delivered-2', 'simulate-delivered-3'].map(
    (name) => `${name}@notifications.service.gov.uk`,
  ),
);

export type SimulatedOutcome = 'delivered' | 'temporary-failure' | 'permanent-failure';

/** Accepted and forgotten: nothing is stored or sent (public API 6.17). Takes a normalised number. */
export function isSimulatedNumber(normalised: string): boolean {
  return SIMULATED_NUMBERS.has(normalised);
}

/** Accepted and forgotten: nothing is stored or sent (public API 6.17). */
export function isSimulatedEmailAddress(address: string): boolean {
  return SIMULATED_ADDRESSES.has(address.trim().toLowerCase());
}

/** What becomes of a message sent with a test key, by the recipient as supplied (public API 6.17, internals 6.9). */
export function testKeyOutcome(type: 'sms' | 'email', recipient: string): SimulatedOutcome {
  if (type === 'email') {
    if (recipient === 'temp-fail@simulator.notify') return 'temporary-failure';
    return recipient === 'perm-fail@simulator.notify' ? 'permanent-failure' : 'delivered';
  }
  const number = recipient.trim();
  if (number.endsWith('7700900003')) return 'temporary-failure';
  return number.endsWith('7700900002') ? 'permanent-failure' : 'delivered';
}
