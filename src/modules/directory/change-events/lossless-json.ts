/**
 * JSON whose numbers survive unchanged. A sequence number in nanoseconds or a `1.0` does not fit a JavaScript
 * number, so such a number is kept as a raw JSON value: `JSON.stringify` writes it back digit for digit.
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

// TypeScript 7.0 has no declarations yet for the "JSON.parse source text access" proposal that Node 24 ships.
const rawJson = JSON as unknown as {
  rawJSON(text: string): JsonValue;
  isRawJSON(value: unknown): value is { rawJSON: string };
};

/** Whatever looks like a number with a fraction, an exponent or many digits, within strings too. */
const SUSPECT_NUMBERS = /-?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+|(?<=\d{16}))/g;

/** Parses JSON text; throws a SyntaxError when it is not JSON. */
export function parseJson(text: string): JsonValue {
  // Looking at the source of each value costs several times the parsing itself.
  return hasUnfaithfulNumber(text) ? JSON.parse(text, keepNumberSource) : JSON.parse(text);
}

/** True when a double may not hold a number as it is written; also for such texts in strings, which only costs time. */
function hasUnfaithfulNumber(text: string): boolean {
  const suspects = text.match(SUSPECT_NUMBERS);
  return suspects?.some((number) => String(Number(number)) !== number) ?? false;
}

/** The digits of a number kept as raw JSON, or undefined for every other value. */
export function rawNumberText(value: unknown): string | undefined {
  return rawJson.isRawJSON(value) ? value.rawJSON : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !rawJson.isRawJSON(value);
}

function keepNumberSource(_key: string, value: JsonValue, context?: { source?: string }): JsonValue {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source || (value === 0 && context.source === '-0')
    ? value
    : rawJson.rawJSON(context.source);
}
