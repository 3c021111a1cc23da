import { isJsonObject, type JsonObject, type JsonValue } from '../change-events/lossless-json.ts';
import { WEEKDAYS } from '../opening-times/open-periods.ts';

/** The fields that this module manages in a way that overrides a person's proposal (6.9). */
const REJECTABLE_KEYS = new Set([
  'postaladdress',
  'cmseastings',
  'cmsnorthings',
  'cmsorgtown',
  'postalcode',
  'cmstelephoneno',
  'cmsurl',
  ...WEEKDAYS.map((day) => `cmsopentime${day}`),
]);

const HIDDEN = 'Hidden in Logs';

/** What to do with the `value` of a pending change: reject it, leave it alone, or complain that it is not JSON. */
export function judgePendingChange(value: string): 'reject' | 'keep' | 'unreadable' {
  const change = parseValue(value);
  if (change === undefined) return 'unreadable';
  const proposed = isJsonObject(change) ? change.new : undefined;
  return isJsonObject(proposed) && Object.keys(proposed).every((key) => REJECTABLE_KEYS.has(key))
    ? 'reject'
    : 'keep';
}

/** A pending change as it may be logged: without its author and approver, or null when that is not sure (6.9). */
export function loggablePendingChange(value: string): JsonObject | null {
  const change = parseValue(value);
  if (!isJsonObject(change)) return null;
  const { initiator } = change;
  return {
    ...change,
    ...(initiator !== undefined && {
      initiator: isJsonObject(initiator) ? { ...initiator, userid: HIDDEN } : HIDDEN,
    }),
    ...(change.approver !== undefined && { approver: HIDDEN }),
  };
}

/** The rows of the rejection email: each proposed field with its texts before and after (6.12). */
export function proposedFields(value: string): { key: string; previous: string; data: string }[] {
  const change = parseValue(value);
  const proposed = isJsonObject(change) ? change.new : undefined;
  if (!isJsonObject(proposed)) return [];
  return Object.entries(proposed).map(([key, field]) => ({
    key,
    previous: textOf(isJsonObject(field) ? field.previous : undefined),
    data: textOf(isJsonObject(field) ? field.data : undefined),
  }));
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return 'None';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function parseValue(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
