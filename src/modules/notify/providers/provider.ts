import type { Status } from '../notifications/notification.ts';

/** What became of handing a message over. */
export type SendOutcome =
  /** The provider has it; `reference` is its own id of the message where it gives one. */
  | { kind: 'accepted'; reference?: string }
  /** It never will take this message. */
  | { kind: 'refused'; reason: string }
  /** It was not asked: our own calls to it are at their most, or this worker stops. That is no attempt. */
  | { kind: 'not_tried'; reason: string }
  /** It surely did not take it, and may later. */
  | { kind: 'failed'; reason: string; isExpected?: boolean }
  /** It may have taken it. */
  | { kind: 'unknown'; reason: string };

export interface OutgoingSms {
  notificationId: string;
  /** E.164 without the plus. */
  to: string;
  from: string;
  content: string;
  isInternational: boolean;
}

export interface OutgoingEmail {
  notificationId: string;
  from: { name: string; address: string };
  /** Host in punycode. */
  to: string;
  replyTo: string | null;
  subject: string;
  text: string;
  html: string;
  unsubscribeUrl: string | null;
}

export interface SendOptions {
  correlationId: string;
  /** Ends a call that is under way. */
  signal: AbortSignal;
  /** No call begins any more. */
  stopping: AbortSignal;
}

interface ProviderFacts {
  /** As in `notify.providers`. */
  name: string;
  /** Whether a message sent again under the same reference reaches its recipient once. */
  honoursReferences: boolean;
  [Symbol.asyncDispose]?(): Promise<void>;
}

export interface SmsProvider extends ProviderFacts {
  channel: 'sms';
  send(message: OutgoingSms, options: SendOptions): Promise<SendOutcome>;
  /** Our status for a report; undefined for codes nobody told us of. `current` is the status so far. */
  mapReceipt(report: { status: string; detail?: string }, current: Status): Status | undefined;
  /** What the detail code of a report means, for the log. */
  explainDetail(report: { status: string; detail?: string }): string | undefined;
}

export interface EmailProvider extends ProviderFacts {
  channel: 'email';
  /** No report will ever follow, so acceptance is the last that is known: it counts as delivery. */
  acceptanceIsDelivery: boolean;
  send(message: OutgoingEmail, options: SendOptions): Promise<SendOutcome>;
}

/** An exception of ours that says nothing of the recipient; its text may be logged. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'fault' in error ? error.fault : 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : error.name;
}
