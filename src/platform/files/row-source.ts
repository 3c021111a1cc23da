import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** One record of a file as it stands there; `fields` is undefined when the record cannot be read. */
export interface SourceRow {
  /** Number of the record's first line, from 1. */
  line: number;
  fields: Record<string, unknown> | undefined;
}

/** A file whose name does not say what is in it. */
export class UnknownFileError extends Error {
  constructor(file: string) {
    super(`${file} must end in .csv, .jsonl or .ndjson`);
    this.name = 'UnknownFileError';
  }
}

/**
 * The records of a CSV file with a heading, or of a file with a JSON object on each line; read as they are asked for.
 * Throws UnknownFileError for a file of another name.
 */
export function readRows(file: string): AsyncGenerator<SourceRow> {
  if (/\.csv$/i.test(file)) return readCsv(file);
  if (/\.(jsonl|ndjson)$/i.test(file)) return readJsonLines(file);
  throw new UnknownFileError(file);
}

async function* readJsonLines(file: string): AsyncGenerator<SourceRow> {
  let line = 0;
  for await (const text of linesOf(file)) {
    line += 1;
    if (text.trim() !== '') yield { line, fields: parseObject(text) };
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** RFC 4180: quoted fields may hold commas, doubled quotes and line ends. Empty fields count as absent. */
async function* readCsv(file: string): AsyncGenerator<SourceRow> {
  let heading: string[] | undefined;
  let line = 0;
  let first = 0;
  let pending = '';
  for await (const text of linesOf(file)) {
    line += 1;
    if (pending === '') first = line;
    pending = pending === '' ? text : `${pending}\n${text}`;
    const fields = splitRecord(pending);
    if (fields === 'open') continue;
    pending = '';
    if (heading === undefined) heading = fields?.map((name) => name.replace(/^\uFEFF/, '').trim());
    else if (fields?.join('') !== '') yield { line: first, fields: fields && toObject(heading, fields) };
  }
  if (pending !== '') yield { line: first, fields: undefined };
}

function toObject(heading: string[], values: string[]): Record<string, unknown> | undefined {
  if (values.length > heading.length) return undefined;
  const given = heading.map((name, index) => [name, values[index] ?? ''] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/** Fields of a record; `open` when a quoted field goes on in the next line, undefined when quotes are out of place. */
export function splitRecord(text: string): string[] | 'open' | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === 'open') return 'open';
      fields.push(quoted.value);
      at = quoted.end;
      if (at < text.length && text[at] !== ',') return undefined;
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      fields.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return fields;
    at += 1;
  }
}

function readQuoted(text: string, start: number): { value: string; end: number } | 'open' {
  let value = '';
  for (let at = start; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return 'open';
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    at = quote + 2;
  }
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
}
