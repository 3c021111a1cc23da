import { randomFillSync } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The trace of a request goes back to its caller, who may have begun it: public section 3.1. */
export function traceHeadersOf(request: FastifyRequest): Record<string, string> {
  const { headers } = request;
  return {
    'X-B3-TraceId':
      usable(headers['x-b3-traceid']) ??
      usable(headers['x-amz-cf-id']) ??
      usable(headers['x-amzn-trace-id']) ??
      randomHex(16),
    'X-B3-SpanId': usable(headers['x-b3-spanid']) ?? `self-${randomHex(8)}`,
  };
}

// Drawn for many requests at a time: each call for entropy costs some microseconds.
const pool = Buffer.alloc(24 * 256);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

function usable(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  return value && /^[\x20-\x7e]{1,500}$/.test(value) ? value : undefined;
}
