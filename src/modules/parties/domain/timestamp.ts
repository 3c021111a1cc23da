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
