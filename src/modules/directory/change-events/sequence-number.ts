/**
 * Sequence numbers reach 38 digits (3.1), far beyond a JavaScript number, so they travel as canonical decimal
 * text: no leading zeros, no plus sign, no negative zero.
 */
export function readSequenceNumber(text: string | undefined): string | null {
  return text !== undefined && /^-?\d{1,38}$/.test(text) ? BigInt(text).toString() : null;
}

/** Whether an event is older than the newest stored one, which a rejected negative event cannot lower (6.2). */
export function isOutdated(sequenceNumber: string, latestStored: string | null): boolean {
  const latest = latestStored === null ? 0n : BigInt(latestStored);
  return BigInt(sequenceNumber) < (latest > 0n ? latest : 0n);
}
