import { dayNumber, localSeconds } from './calendar.ts';

export type Members = Readonly<Record<string, unknown>>;

/** What a member of a body has to be; `?` marks one that may be missing or null. */
export type MemberKind =
  | 'text'
  | 'text?'
  | 'number'
  | 'number?'
  | 'flag'
  | 'flag?'
  | 'date'
  | 'date?'
  | 'dateTime'
  | 'dateTime?'
  | 'list'
  | 'list?'
  | 'object'
  | 'object?'
  | readonly string[];

/** The first thing wrong with a body, by the kinds of its members; undefined when it is good. */
export function bodyProblem(body: unknown, kinds: Readonly<Record<string, MemberKind>>): string | undefined {
  if (!isMembers(body)) return 'the body must be an object';
  for (const [name, kind] of Object.entries(kinds)) {
    const problem = memberProblem(name, kind, body[name]);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memberProblem(name: string, kind: MemberKind, value: unknown): string | undefined {
  if (typeof kind !== 'string') {
    return kind.includes(String(value))
      ? undefined
      : `${name} ${String(value)} is not one of [${kind.join(', ')}]`;
  }
  const isMissing = value === undefined || value === null;
  if (isMissing) return kind.endsWith('?') ? undefined : `${name} must not be null`;
  const plain = kind.replace('?', '') as keyof typeof CHECKS;
  return CHECKS[plain](value) ? undefined : `${name} is not a ${plain}`;
}

const CHECKS = {
  text: (value: unknown) => typeof value === 'string' && value !== '',
  number: (value: unknown) => Number.isInteger(value),
  flag: (value: unknown) => typeof value === 'boolean',
  date: (value: unknown) => typeof value === 'string' && dayNumber(value) !== undefined,
  dateTime: (value: unknown) => typeof value === 'string' && localSeconds(value) !== undefined,
  list: (value: unknown) => Array.isArray(value),
  object: isMembers,
};
