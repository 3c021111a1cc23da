import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** The trace of a request goes back to its caller, who may have begun it: public section 3.1. */
export function traceHeadersOf(request: FastifyRequest): Record<string, string> {
  const { headers } = request;
  return {
    'X-B3-TraceId':
      usable(headers['x-b3-traceid']) ??
      usable(headers['x-amz-cf-id']) ??
      usable(headers['x-amzn-trace-id']) ??
      randomBytes(16).toString('hex'),
    'X-B3-SpanId': usable(headers['x-b3-spanid']) ?? `self-${randomBytes(8).toString('hex')}`,
  };
}

function usable(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  return value && /^[\x20-\x7e]{1,500}$/.test(value) ? value : undefined;
}
