import { randomBytes } from 'node:crypto';

/** The ids of a W3C trace context: 32 hex digits for the trace, 16 for the calling span. */
export interface Traceparent {
  traceId: string;
  parentId: string;
}

const PATTERN = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

export function newTraceparent(): Traceparent {
  return { traceId: randomBytes(16).toString('hex'), parentId: randomBytes(8).toString('hex') };
}

/** The trace context in a `traceparent` header, or undefined when it is absent or breaks the W3C grammar. */
export function parseTraceparent(text: string | undefined): Traceparent | undefined {
  const match = text === undefined ? null : PATTERN.exec(text);
  const [, traceId, parentId] = match ?? [];
  if (!traceId || !parentId || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId };
}
