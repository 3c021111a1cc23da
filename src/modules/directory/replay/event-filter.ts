import { HttpError } from '#platform/http';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  rawNumberText,
} from '../change-events/lossless-json.ts';

/**
 * What chooses events beside their time: terms `name=value`, separated by spaces, all of which must hold. A value ends
 * with `*` to mean a beginning, lists alternatives with commas, and stands in double quotes when it has spaces.
 *
 * - `ods-code=FA001,FA002` or `ods-code=FA*`
 * - `sequence=5`, `sequence>=5`, `sequence<=9`
 * - `report=INVALID_POSTCODE`, `failed=yes`, `correlation-id=load-7*`: what the register says of the event's journey
 * - a member of the event itself: `Postcode=LS1*`, `ParentOrganisation.ODSCode=P9Z`
 */
export interface EventFilter {
  odsCodes: TextPattern[];
  sequence: { operator: '=' | '>=' | '<='; number: bigint }[];
  /** Found in the register before anything is replayed. */
  register: RegisterCondition[];
  /** Members of the event by their path. */
  members: { path: string[]; patterns: TextPattern[] }[];
}

export interface TextPattern {
  text: string;
  isPrefix: boolean;
}

export type RegisterCondition =
  | { kind: 'report'; reportKeys: string[] }
  | { kind: 'failed' }
  | { kind: 'correlation'; patterns: TextPattern[] };

const TERM = /([A-Za-z][\w.-]*)(>=|<=|=)("[^"]*"|\S+)(?:\s+|$)/y;

/** Reads a filter; throws an HttpError 400 that names the term which is wrong. */
export function readEventFilter(text: string): EventFilter {
  const filter: EventFilter = { odsCodes: [], sequence: [], register: [], members: [] };
  if (!text.isWellFormed() || text.includes('\u0000'))
    throw wrong('it has characters that no event can have');
  const trimmed = text.trim();
  TERM.lastIndex = 0;
  while (TERM.lastIndex < trimmed.length) {
    const at = TERM.lastIndex;
    const [, name = '', operator = '', quoted = ''] = TERM.exec(trimmed) ?? [];
    if (name === '') throw wrong(`not understood from "${trimmed.slice(at, at + 40)}" on; write name=value`);
    addTerm(filter, { name, operator, value: quoted.replaceAll('"', '') });
  }
  return filter;
}

/** Whether the part of the filter that only the event itself can answer holds. */
export function matchesMembers(filter: EventFilter, event: JsonObject): boolean {
  return filter.members.every(({ path, patterns }) => {
    const text = textOf(memberAt(event, path));
    return text !== null && matchesAny(patterns, text);
  });
}

export function matchesAny(patterns: TextPattern[], text: string): boolean {
  return patterns.some((pattern) =>
    pattern.isPrefix ? text.startsWith(pattern.text) : text === pattern.text,
  );
}

function addTerm(
  filter: EventFilter,
  { name, operator, value }: { name: string; operator: string; value: string },
): void {
  if (name === 'sequence') {
    if (!/^-?\d{1,38}$/.test(value)) throw wrong(`sequence must be a whole number, not "${value}"`);
    // The pattern of a term allows these three alone.
    filter.sequence.push({ operator: operator as '=' | '>=' | '<=', number: BigInt(value) });
    return;
  }
  if (operator !== '=') throw wrong(`${name} takes =, not ${operator}`);
  const patterns = value.split(',').map(readPattern);
  if (name === 'ods-code') filter.odsCodes.push(...patterns);
  else if (name === 'correlation-id') filter.register.push({ kind: 'correlation', patterns });
  else if (name === 'report') filter.register.push({ kind: 'report', reportKeys: value.split(',') });
  else if (name === 'failed' && value === 'yes') filter.register.push({ kind: 'failed' });
  else if (/^[A-Z]/.test(name)) filter.members.push({ path: name.split('.'), patterns });
  else
    throw wrong(
      `there is no "${name}=${value}"; known are ods-code, sequence, report, failed=yes, correlation-id and members of the event`,
    );
}

function readPattern(text: string): TextPattern {
  return text.endsWith('*') ? { text: text.slice(0, -1), isPrefix: true } : { text, isPrefix: false };
}

function memberAt(event: JsonObject, path: string[]): JsonValue | undefined {
  let value: JsonValue | undefined = event;
  for (const name of path)
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

function textOf(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? (rawNumberText(value) ?? null) : String(value);
}

function wrong(problem: string): HttpError {
  return new HttpError(400, 'invalid_filter', `The filter is wrong: ${problem}`);
}
