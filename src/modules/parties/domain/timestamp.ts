import type { Clock } from '#platform/telemetry';

/**
 * The present in the form of the wire: UTC with six digits of fraction, 32 characters (spec section 3.4). A Date holds
 * milliseconds; the digits below come from the process's own high-resolution clock.
 */
export function timestampNow(clock: Clock): string {
  const microseconds = Math.floor((performance.timeOrigin + performance.now()) * 1_000) % 1_000;
  return timestampOf(clock.now(), microseconds);
}

/** `time` with `microseconds` (0 to 999) below its milliseconds. */
export function timestampOf(time: Date, microseconds = 0): string {
  return `${time.toISOString().slice(0, 23)}${String(microseconds).padStart(3, '0')}+00:00`;
}

// After a deletion the original stored a space where the wire has a T, and left out a fraction of zero.
const STORED = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00:00|Z)$/;

/** A stored timestamp of the original in either of its forms, in the form of the wire; undefined when it is neither. */
export function readStoredTimestamp(text: string): string | undefined {
  const [, day, time, fraction = ''] = STORED.exec(text) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(`${day}T${time}Z`))) return undefined;
  return `${day}T${time}.${fraction.padEnd(6, '0')}+00:00`;
}
