import { readJsonMembers } from '../change-events/json-members.ts';
import { isJsonObject, type JsonValue, parseJson } from '../change-events/lossless-json.ts';

/** One entry of a service history, for people. */
export interface HistoryEntry {
  at: Date | null;
  by: string;
  changes: { key: string; action: string; previous: string; value: string }[];
}

/** The first entries of a service history in the order of its text, which is newest first; null when it is unreadable. */
export function readHistoryEntries(history: string | null, limit: number): HistoryEntry[] | null {
  if (history === null || history.trim() === '' || history.trim() === '[]') return [];
  try {
    return readJsonMembers(history)
      .slice(0, limit)
      .map(({ key, valueStart, valueEnd }) => toEntry(key, parseJson(history.slice(valueStart, valueEnd))));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function toEntry(key: string, value: JsonValue): HistoryEntry {
  const entry = isJsonObject(value) ? value : {};
  const seconds = Number(key);
  const changes = isJsonObject(entry.new) ? entry.new : {};
  const by = isJsonObject(entry.initiator) ? entry.initiator.userid : null;
  return {
    at: Number.isSafeInteger(seconds) && seconds < 1e11 ? new Date(seconds * 1_000) : null,
    // People's user names stay in DoS.
    by: by === 'DOS_INTEGRATION' ? by : 'a DoS user',
    changes: Object.entries(changes).map(([name, given]) => {
      const change = isJsonObject(given) ? given : {};
      return {
        key: name,
        action: textOf(change.changetype),
        previous: textOf(change.previous),
        value: textOf(change.data),
      };
    }),
  };
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
