import { odsCodeAt } from '#reference/pharmacies';
import { type ChangeEventChoice, changeEventFor } from './change-events.ts';
import type { PlannedEvent } from './event-plan.ts';

/** As many codes nobody's directory has as the original's load test used. */
const UNMATCHED_CODES = 26;

/** Codes of the first `count` pharmacies, in the order in which a directory is seeded with them. */
export function odsCodesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => odsCodeAt(index));
}

/** Codes that no directory is seeded with: none of a pharmacy starts with Y. */
export function unmatchedCodes(): string[] {
  return odsCodesOf(UNMATCHED_CODES).map((code) => `Y${code.slice(1)}`);
}

/** The JSON text of an event, the same for the same kind, code and version. */
export function eventBody({ kind, odsCode, version }: PlannedEvent): string {
  const choice: ChangeEventChoice = { odsCode, version, hasStaff: true };
  const isFaulty = kind === 'poison' || kind === 'unmatched';
  return JSON.stringify(changeEventFor(isFaulty ? { ...choice, fault: kind } : choice));
}
