import { isJsonObject } from '../change-events/lossless-json.ts';
import type { ServiceChange } from '../comparison/service-change.ts';
import { londonWallClock } from '../opening-times/times.ts';
import { type HistoryChange, historyChangeOf } from './history-change.ts';

/** The name under which this module writes to DoS (4.2.3). */
export const MODIFIED_BY = 'DOS_INTEGRATION';

/** The moment of a save, worked out once for a whole batch. */
export interface SaveMoment {
  epochSeconds: number;
  /** The wall clock in London, `YYYY-MM-DD HH:MM:SS`. */
  wallClock: string;
}

/** A service history is not the JSON object that the DoS user interface writes, so nothing can be added to it. */
export class ServiceHistoryError extends Error {
  constructor(options?: ErrorOptions) {
    super(
      'servicehistories.history of the service is not a JSON object. Correct the row in DoS, then replay the event.',
      options,
    );
    this.name = 'ServiceHistoryError';
  }
}

export function saveMoment(now: Date): SaveMoment {
  return { epochSeconds: Math.floor(now.getTime() / 1000), wallClock: londonWallClock(now) };
}

/**
 * The text of a service history with one new entry in front (6.10). The text is spliced, never built from an
 * object: JavaScript would put the keys, which look like integers, in ascending order, and readers take the
 * first for the latest.
 */
export function addHistoryEntry(
  existing: string | null,
  changes: ServiceChange[],
  { epochSeconds, wallClock }: SaveMoment,
): string {
  const entries = parseHistory(existing);
  let key = epochSeconds;
  while (Object.hasOwn(entries, key)) key++; // D-06: two saves in one second must both stay
  const stamp = { userid: MODIFIED_BY, timestamp: wallClock };
  const entry = JSON.stringify({ new: changesByKey(changes), initiator: stamp, approver: stamp });
  if (existing === null || Object.keys(entries).length === 0) return `{"${key}":${entry}}`;
  return `{"${key}":${entry},${existing.slice(existing.indexOf('{') + 1)}`;
}

/** The text that `addHistoryEntry` put in front of `existing` to make `text`: `"key":{...}`. */
export function addedEntryText(text: string, existing: string | null): string {
  const kept = existing === null ? '' : existing.slice(existing.indexOf('{') + 1);
  // A history that was empty leaves nothing but the closing brace.
  return kept.trim().length > 1 && text.endsWith(`,${kept}`)
    ? text.slice(1, -kept.length - 1)
    : text.slice(1, -1);
}

function changesByKey(changes: ServiceChange[]): Record<string, HistoryChange> {
  const byKey: Record<string, HistoryChange> = {};
  for (const item of changes) {
    const recorded = historyChangeOf(item);
    if (recorded !== null) byKey[recorded.key] = recorded.change;
  }
  return byKey;
}

/** DoS itself writes an empty history as `[]`. */
function parseHistory(text: string | null): object {
  if (text === null || text.trim() === '' || text.trim() === '[]') return {};
  let history: unknown;
  try {
    history = JSON.parse(text);
  } catch (cause) {
    throw new ServiceHistoryError({ cause });
  }
  if (!isJsonObject(history)) throw new ServiceHistoryError();
  return history;
}
