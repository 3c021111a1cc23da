import { type Static, Type } from 'typebox';

const Text = Type.Union([Type.String(), Type.Null()]);

/** A message that failed every attempt: ids by which the handler finds it, and why (5.5, 6.13). */
export const DeadLetter = Type.Object({
  /** Where it comes from: a queue of the pipeline, or a person who tries the handler out. */
  source: Type.Union([
    Type.Literal('change-event'),
    Type.Literal('holding'),
    Type.Literal('update-request'),
    Type.Literal('injected'),
  ]),
  receivedEventId: Type.Optional(Type.String()),
  recordId: Type.Optional(Type.String()),
  odsCode: Type.Optional(Type.String()),
  receivedMs: Type.Optional(Type.Integer()),
  serviceId: Type.Optional(Type.Integer()),
  injectedId: Type.Optional(Type.String()),
  errorMessage: Text,
  errorStatus: Text,
});
export type DeadLetter = Static<typeof DeadLetter>;

/** What a dead message held, wherever it was found. */
export interface DeadMessage {
  /** The change event without staff data, as JSON text; null when retention has removed it. */
  eventText: string | null;
  odsCode: string | null;
  sequenceNumber: string | null;
  recordId: string | null;
  receivedMs: number | null;
  serviceId: string | null;
  correlationId: string | null;
  hadStaff: boolean;
}
