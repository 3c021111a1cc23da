import { createHash } from 'node:crypto';
import { correlationIdFrom, uuidV7 } from '#platform/http';
import { isUsableGroup, odsCodeOf, readChangeEvent } from '../change-events/change-event.ts';
import { readSequenceNumber } from '../change-events/sequence-number.ts';
import { traceparentOf } from '../reports/trace-id.ts';

/** What the endpoint keeps of an accepted request: spec sections 3.1, 3.2 and 6.1. */
export interface AcceptedChangeEvent {
  id: string;
  odsCode: string;
  /** Decimal digits without leading zeros, perhaps negative: up to 38 digits, so never a number. */
  sequenceNumber: string;
  correlationId: string;
  /** SHA-256 in hex, equal only for a retry of the same request; null when the caller gave no correlation id (spec D-03). */
  retryKey: string | null;
  /** W3C trace context, when the caller sent one. */
  traceparent?: string;
  body: string;
  hadStaff: boolean;
  receivedAt: Date;
}

export interface ChangeEventRequest {
  headers: Record<string, string | string[] | undefined>;
  query: Record<string, unknown>;
  body: Buffer;
  receivedAt: Date;
}

/** Queue messages of the original hold 256 KiB, body and attributes together. */
export const MAX_MESSAGE_BYTES = 262_144;
const LONGEST_CORRELATION_ID = 1_000;
/** Queue group of events without a code, which ingest rejects; no code of five characters can be equal to it. */
const NO_ODS_CODE = '-';

/**
 * Reads one request to `POST /v1/change-event`. Returns undefined for everything the contract answers with 400: what
 * is wrong does not change the answer, and nothing is stored.
 */
export function readChangeEventRequest(request: ChangeEventRequest): AcceptedChangeEvent | undefined {
  const sequenceText = firstText(request.query['sequence-number'], request.headers['sequence-number']);
  const sequenceNumber = readSequenceNumber(sequenceText);
  if (sequenceText === undefined || sequenceNumber === null) return undefined;

  const givenCorrelationId = readCorrelationId(request);
  if (givenCorrelationId !== undefined && !isUsableCorrelationId(givenCorrelationId)) return undefined;

  const { body } = request;
  const attributeBytes = sequenceText.length + Buffer.byteLength(givenCorrelationId ?? '');
  if (body.length === 0 || body.length + attributeBytes > MAX_MESSAGE_BYTES) return undefined;

  const text = decodeUtf8(body);
  const record = text === undefined ? null : readChangeEvent(text);
  if (record === null || !isUsableGroup(odsCodeOf(record.event))) return undefined;

  const traceparent = traceparentOf(request.headers);
  return {
    id: uuidV7(),
    odsCode: odsCodeOf(record.event) ?? NO_ODS_CODE,
    sequenceNumber,
    correlationId: givenCorrelationId ?? generatedCorrelationId(request),
    retryKey: givenCorrelationId === undefined ? null : retryKey(body, sequenceNumber, givenCorrelationId),
    body: record.text,
    hadStaff: record.staffRemoved,
    receivedAt: request.receivedAt,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function firstText(...candidates: unknown[]): string | undefined {
  const value = candidates.find((candidate) => typeof candidate === 'string' && candidate !== '');
  return typeof value === 'string' ? value : undefined;
}

function readCorrelationId({ query, headers }: ChangeEventRequest): string | undefined {
  const fromQuery = firstText(query['correlation-id']);
  if (fromQuery !== undefined) return fromQuery;
  const header = firstText(headers['correlation-id'], headers['x-correlation-id']);
  // Node reads header bytes as Latin-1; clients that send UTF-8 mean UTF-8.
  return header === undefined ? undefined : (decodeUtf8(Buffer.from(header, 'latin1')) ?? header);
}

function isUsableCorrelationId(id: string): boolean {
  return id.length <= LONGEST_CORRELATION_ID && id.isWellFormed() && !id.includes('\u0000');
}

/** The trace id of a `traceparent`, or a new id. */
function generatedCorrelationId({ headers }: ChangeEventRequest): string {
  return correlationIdFrom({ headers: { traceparent: headers.traceparent } });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function retryKey(body: Buffer, sequenceNumber: string, correlationId: string): string {
  return createHash('sha256')
    .update(body)
    .update(`\u0000${sequenceNumber}\u0000${correlationId}`)
    .digest('hex');
}
