import { odsCodeOf, readChangeEvent } from '../change-events/change-event.ts';
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  rawNumberText,
} from '../change-events/lossless-json.ts';
import { readSequenceNumber } from '../change-events/sequence-number.ts';
import type { DeadMessage } from '../dead-letters/dead-letter.ts';

/** The queues that people may put messages on, in the words of the original (3.4). */
export const INJECTABLE_QUEUES = ['change-event-dlq', 'update-request-dlq', 'update-request'] as const;
export type InjectableQueue = (typeof INJECTABLE_QUEUES)[number];

export interface InjectedMessage {
  id: string;
  queue: InjectableQueue;
  /** JSON without staff data. */
  body: string;
  attributes: Record<string, string>;
  hadStaff: boolean;
  sentAt: Date;
}

/** What is wrong with a message that nobody can put on a queue. */
export class UnusableMessageError extends Error {}

/**
 * Reads `{body, attributes}`, or a body by itself. A body is a JSON object or its text; attributes are texts, or the
 * `{stringValue}` that queue clients write. Staff data is removed before anything is kept (6.1).
 */
export function readEnvelope(text: string): Pick<InjectedMessage, 'body' | 'attributes' | 'hadStaff'> {
  const message = parseOrThrow(text);
  if (!isJsonObject(message)) throw new UnusableMessageError('The message must be a JSON object');
  const isEnvelope = Object.hasOwn(message, 'body');
  const given = isEnvelope ? message.body : message;
  const bodyText = typeof given === 'string' ? given : JSON.stringify(given);
  if (!isJsonObject(parseOrThrow(bodyText))) {
    throw new UnusableMessageError('The body of the message must be a JSON object');
  }
  const { text: body, staffRemoved } = withoutStaff(bodyText);
  const attributes = isEnvelope && isJsonObject(message.attributes) ? message.attributes : {};
  const texts = Object.entries(attributes).map(([name, value]) => [name, attributeText(value)] as const);
  const envelope = {
    body,
    attributes: Object.fromEntries(texts.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    hadStaff: staffRemoved,
  };
  checkFacts(envelope);
  return envelope;
}

/** What nothing can be stored under would fail in the handler again and again. */
function checkFacts(envelope: Pick<InjectedMessage, 'body' | 'attributes' | 'hadStaff'>): void {
  const facts = readInjectedMessage({
    ...envelope,
    id: '',
    queue: 'change-event-dlq',
    sentAt: new Date(0),
  });
  const { sequenceNumber, correlationId, odsCode, recordId } = facts;
  if (sequenceNumber !== null && readSequenceNumber(sequenceNumber) === null) {
    throw new UnusableMessageError('The sequence number must be a whole number of up to 38 digits');
  }
  for (const text of [correlationId, odsCode, recordId, ...Object.values(envelope.attributes)]) {
    if (text !== null && (!text.isWellFormed() || text.includes('\u0000'))) {
      throw new UnusableMessageError('The message has characters that cannot be stored');
    }
  }
}

/** The change event of a message and what is known about it, whichever of the three forms it has (6.13). */
export function readInjectedMessage({ body, attributes, hadStaff, sentAt }: InjectedMessage): DeadMessage {
  const content = parseJson(body);
  const outer: JsonObject = isJsonObject(content) ? content : {};
  const isWrapped = isJsonObject(outer.change_event);
  const event: JsonObject = isJsonObject(outer.change_event) ? outer.change_event : outer;
  const isHolding = body.includes('dynamo_record_id') && isWrapped;
  const field = (name: string, attribute: string): string | null =>
    (isHolding ? textOf(outer[name]) : null) ?? attributes[attribute] ?? null;
  return {
    eventText: JSON.stringify(event),
    odsCode: attributes.ods_code ?? odsCodeOf(event),
    sequenceNumber: field('sequence_number', 'sequence-number'),
    recordId: field('dynamo_record_id', 'dynamo_record_id'),
    receivedMs: readMilliseconds(field('message_received', 'message_received')) ?? sentAt.getTime(),
    serviceId: isWrapped ? textOf(outer.service_id) : null,
    correlationId: field('correlation_id', 'correlation-id') ?? attributes.correlation_id ?? null,
    hadStaff,
  };
}

/** Staff stands at the top of a change event, which may stand inside a message of the queues behind ingest. */
function withoutStaff(text: string): { text: string; staffRemoved: boolean } {
  const outer = readChangeEvent(text);
  if (!outer) throw new UnusableMessageError('The body of the message must be a JSON object');
  const { change_event: inner } = outer.event;
  if (!isJsonObject(inner) || !Object.hasOwn(inner, 'Staff')) return outer;
  const { Staff: _, ...redacted } = inner;
  return { text: JSON.stringify({ ...outer.event, change_event: redacted }), staffRemoved: true };
}

function parseOrThrow(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    throw new UnusableMessageError('The message is not JSON');
  }
}

function attributeText(value: JsonValue | undefined): string | null {
  if (!isJsonObject(value)) return textOf(value);
  return textOf(value.stringValue ?? value.StringValue);
}

function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return rawNumberText(value) ?? (typeof value === 'number' ? String(value) : null);
}

function readMilliseconds(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
