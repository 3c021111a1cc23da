import { Readable } from 'node:stream';
import type { Markup } from './markup.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Readable;
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

export function text(status: number, value: string): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: value };
}

export function noContent(): Reply {
  return { status: 204, headers: {}, body: '' };
}

export function seeOther(location: string): Reply {
  return { status: 303, headers: { location }, body: '' };
}

/** The problem says what to change in the request. */
export function badRequest(problems: readonly string[]): Reply {
  return json(400, {
    message: 'The request is not usable. Change what is listed and send it again.',
    problems,
  });
}

export function html(status: number, page: Markup): Reply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    },
    body: page.text,
  };
}

/** Answers a JSON array piece by piece, so that a million rows never stand in memory as one text. */
export function jsonArray(rows: Iterable<unknown> | AsyncIterable<unknown>): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Readable.from(arrayPieces(rows), { objectMode: false, highWaterMark: 64 * 1024 }),
  };
}

async function* arrayPieces(rows: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let piece = '[';
  let separator = '';
  for await (const row of rows) {
    piece += `${separator}${JSON.stringify(row)}`;
    separator = ',\n';
    if (piece.length >= 64 * 1024) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]`;
}
