import { HttpError } from '#platform/http';
import { type ChangeEvent, readChangeEvent, redactChangeEvent } from '../change-events/change-event.ts';
import { readJsonMembers } from '../change-events/json-members.ts';
import { isJsonObject, type JsonObject, parseJson, rawNumberText } from '../change-events/lossless-json.ts';
import { readSequenceNumber } from '../change-events/sequence-number.ts';

/** One event of a source, free of staff data. */
export interface SourceEvent {
  /** Its place in the source, from 1. */
  line: number;
  /** Null when the source gives none, as a snapshot of profiles does. */
  sequenceNumber: string | null;
  /** The event as text, or why it cannot be read. */
  content: { text: string; event: JsonObject } | { problem: string };
}

const MAX_EVENT_BYTES = 262_144;
/** What is read of one object before the source is taken for broken. */
const LARGEST_OBJECT_BYTES = 67_108_864;

/**
 * Splits a stream of bytes into JSON objects: one after another, one on each line, or as members of one array. What is
 * not part of an object comes as text of its own, up to the end of its line, for the caller to complain about. Throws an
 * HttpError 400 for an object without an end.
 */
export async function* splitObjects(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let pending: Buffer = Buffer.alloc(0);
  let at = 0;
  let start = -1;
  let depth = 0;
  let isInString = false;
  let isGarbage = false;
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([pending, chunk]);
    for (; at < pending.length; at += 1) {
      const byte = pending[at];
      if (isInString) {
        if (byte === BACKSLASH) at += 1;
        else if (byte === QUOTE) isInString = false;
      } else if (isGarbage) {
        if (byte !== NEWLINE) continue;
        yield pending.toString('utf8', start, at);
        [isGarbage, start] = [false, -1];
      } else if (depth === 0) {
        if (byte === OPEN) [start, depth] = [at, 1];
        else if (!isBetween(byte)) [start, isGarbage] = [at, true];
      } else if (byte === QUOTE) isInString = true;
      else if (byte === OPEN) depth += 1;
      else if (byte === CLOSE) {
        depth -= 1;
        if (depth > 0) continue;
        yield pending.toString('utf8', start, at + 1);
        start = -1;
      }
    }
    if (start !== -1 && at - start > LARGEST_OBJECT_BYTES) {
      throw new HttpError(
        400,
        'unreadable_source',
        'The source has an object that does not end within 64 MiB',
      );
    }
    const kept = start === -1 ? pending.length : start;
    pending = pending.subarray(Math.min(kept, pending.length));
    at -= kept;
    if (start !== -1) start = 0;
  }
  if (start !== -1) yield pending.toString('utf8', start);
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, NEWLINE] = [0x22, 0x5c, 0x7b, 0x7d, 0x0a];

/** White space, commas, the brackets of an array, and the mark some editors put at the beginning. */
function isBetween(byte: number | undefined): boolean {
  return (
    byte === 0x20 ||
    (byte !== undefined && byte >= 0x09 && byte <= 0x0d) ||
    byte === 0x2c ||
    byte === 0x5b ||
    byte === 0x5d ||
    byte === 0xef ||
    byte === 0xbb ||
    byte === 0xbf
  );
}

/**
 * Reads one object of a source: a change event itself, or an object with the event below `event` or `change_event` and
 * its `sequence_number`. Staff data is gone from the result.
 */
export function readSourceEvent(text: string, line: number): SourceEvent {
  if (text.length > MAX_EVENT_BYTES) return faulty(line, `it has more than ${MAX_EVENT_BYTES} bytes`);
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch {
    return faulty(line, 'it is not JSON');
  }
  if (!isJsonObject(parsed)) return faulty(line, 'it is not a JSON object');
  const name = ['event', 'change_event'].find((key) => isJsonObject(parsed[key]));
  if (name === undefined) return toSourceEvent(line, null, redactChangeEvent(text, parsed));
  const given = parsed.sequence_number ?? parsed['sequence-number'] ?? null;
  const sequenceText = typeof given === 'number' ? String(given) : (rawNumberText(given) ?? given);
  const sequenceNumber = typeof sequenceText === 'string' ? readSequenceNumber(sequenceText) : null;
  if (given !== null && sequenceNumber === null)
    return faulty(line, 'its sequence_number is not a whole number');
  const member = readJsonMembers(text).findLast(({ key }) => key === name);
  const read = readChangeEvent(text.slice(member?.valueStart, member?.valueEnd));
  return read ? toSourceEvent(line, sequenceNumber, read) : faulty(line, 'its event is not a JSON object');
}

function toSourceEvent(
  line: number,
  sequenceNumber: string | null,
  { text, event }: ChangeEvent,
): SourceEvent {
  return { line, sequenceNumber, content: { text, event } };
}

function faulty(line: number, problem: string): SourceEvent {
  return { line, sequenceNumber: null, content: { problem } };
}

/** The event as one line of the kept source: its number, a tab, and its text. */
export function formatSourceLine({ sequenceNumber, content }: SourceEvent): string {
  if ('problem' in content) return `${JSON.stringify(content.problem)}\n`;
  // Line breaks in JSON stand between its parts only.
  const event = content.text.replace(/[\r\n]+/g, ' ');
  return `${sequenceNumber ?? ''}\t${event}\n`;
}

/** Lines of a kept source, from line `after` on. */
export async function* readSourceLines(
  chunks: AsyncIterable<Uint8Array>,
  after: number,
): AsyncGenerator<SourceEvent> {
  let line = 0;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      line += 1;
      if (line > after) yield readKeptLine(rest.slice(from, end), line);
      from = end + 1;
    }
    rest = rest.slice(from);
  }
}

function readKeptLine(text: string, line: number): SourceEvent {
  if (text.startsWith('"')) return faulty(line, String(JSON.parse(text)));
  const tab = text.indexOf('\t');
  const read = readChangeEvent(text.slice(tab + 1));
  if (!read) throw new Error(`Line ${line} of the kept source is damaged`);
  return toSourceEvent(line, tab === 0 ? null : text.slice(0, tab), read);
}
