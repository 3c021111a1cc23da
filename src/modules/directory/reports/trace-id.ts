import { createHash } from 'node:crypto';
import { newTraceparent, parseTraceparent } from '#platform/telemetry';

const AMAZON_ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/i;

/** The W3C trace context of a request: that of an `X-Amzn-Trace-Id`, else its `traceparent` (8.2). */
export function traceparentOf(headers: Record<string, string | string[] | undefined>): string | undefined {
  const { 'x-amzn-trace-id': amazon, traceparent } = headers;
  if (amazon === undefined && traceparent === undefined) return undefined;
  const [, time, rest] = typeof amazon === 'string' ? (AMAZON_ROOT.exec(amazon) ?? []) : [];
  if (time !== undefined && rest !== undefined) {
    return `00-${(time + rest).toLowerCase()}-${newTraceparent().parentId}-01`;
  }
  return typeof traceparent === 'string' && parseTraceparent(traceparent) ? traceparent : undefined;
}

/**
 * The trace id in the form `1-<8 hex>-<24 hex>` that support staff search by (8.2). Without a trace it is derived from
 * the correlation id, so that every line about one event has the same.
 */
export function xrayTraceId(traceparent: string | null | undefined, correlationId: string | null): string {
  const traceId =
    parseTraceparent(traceparent ?? undefined)?.traceId ??
    createHash('md5')
      .update(correlationId ?? '')
      .digest('hex');
  return `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
}
