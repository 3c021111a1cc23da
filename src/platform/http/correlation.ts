import { parseTraceparent } from '#platform/telemetry';
import { uuidV7 } from './uuid.ts';

/** The parts of a request that may carry the caller's id. */
export interface CorrelatedRequest {
  headers: Record<string, string | string[] | undefined>;
}

const LONGEST_ID = 1_000;

/**
 * The id that joins everything one request causes: the caller's own, in the order `correlation-id`,
 * `x-correlation-id`, the trace id of a W3C `traceparent`; a new one when none was sent or it is unusable
 * (longer than 1,000 characters). Taken verbatim.
 */
export function correlationIdFrom(request: CorrelatedRequest): string {
  const { headers } = request;
  const own = firstUsable(headers['correlation-id']) ?? firstUsable(headers['x-correlation-id']);
  if (own !== undefined) return own;
  const traceparent = headers.traceparent;
  return parseTraceparent(typeof traceparent === 'string' ? traceparent : undefined)?.traceId ?? uuidV7();
}

function firstUsable(header: string | string[] | undefined): string | undefined {
  const value = Array.isArray(header) ? header[0] : header;
  return value !== undefined && value !== '' && value.length <= LONGEST_ID ? value : undefined;
}
