// The message of an event queue: spec section 5.3.

export interface Envelope {
  /** From the message attributes, which alone decide what is done. */
  eventType: string;
  message: Record<string, unknown>;
}

export type Parsed =
  /** `isGathered`: what the first of many events asked for, a while later. */
  { envelope: Envelope; isGathered: boolean } | { internal: string; message: Record<string, unknown> };

/** The message can never be read (F28): a dead letter at once. */
export class UnreadableMessageError extends Error {
  constructor(reason: string) {
    super(`The message is not an event: ${reason}`);
    this.name = 'UnreadableMessageError';
  }
}

export const GATHERED = 'PERFORM_TRANSACTION_SYNC';
const INTERNAL_TYPES = new Set(['RETRY_SYNCHRONISATION_MAPPING']);

export function parseEnvelope(body: string): Parsed {
  const outer = objectOf(body, 'its body is no JSON object');
  const type = outer.Type;
  if (typeof outer.Message !== 'string') throw new UnreadableMessageError('it has no Message text');
  const message = objectOf(outer.Message, 'its Message is no JSON object');
  if (typeof type === 'string' && INTERNAL_TYPES.has(type)) return { internal: type, message };
  if (type === GATHERED) return { envelope: gatheredEvent(message), isGathered: true };
  const attributes = outer.MessageAttributes as Record<string, { Value?: unknown } | undefined> | undefined;
  const eventType = attributes?.eventType?.Value;
  if (typeof eventType !== 'string') throw new UnreadableMessageError('it names no eventType');
  return { envelope: { eventType, message }, isGathered: false };
}

/** An internal message that repeats only the mapping of a record that was created. */
export function mappingRetryBody(
  mapping: Record<string, unknown>,
  telemetryAttributes: Record<string, string>,
): string {
  return JSON.stringify({
    Type: 'RETRY_SYNCHRONISATION_MAPPING',
    Message: JSON.stringify({ body: mapping, telemetryAttributes }),
  });
}

/** An internal message that does, a while later, what the first of many events asked for. */
export function gatheredBody(envelope: { eventType: string; message: Record<string, unknown> }): string {
  return JSON.stringify({ Type: GATHERED, Message: JSON.stringify(envelope) });
}

function gatheredEvent({ eventType, message }: Record<string, unknown>): Envelope {
  if (typeof eventType !== 'string' || typeof message !== 'object' || message === null) {
    throw new UnreadableMessageError('it names no event that was gathered');
  }
  return { eventType, message: message as Record<string, unknown> };
}

function objectOf(text: string, reason: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new UnreadableMessageError(reason);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UnreadableMessageError(reason);
  }
  return parsed as Record<string, unknown>;
}
