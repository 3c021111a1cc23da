// The one way e-mail leaves the module: a row written with the change it tells of, and a job that delivers it.
import { Type } from 'typebox';
import type { Handle } from '#platform/db';
import { uuidV7 } from '#platform/http';
import type { Jobs, TaskOptions } from '#platform/jobs';
import type { Clock } from '#platform/telemetry';
import { insertMails } from './outbox-queries.ts';

/** Files of `templates/`, with the names the original gave to those it has (spec section 5.3). */
export const TEMPLATES = {
  welcome: 'WelcomeTemplate',
  code: 'Verification',
  'reserve-confirmation': 'ReserveConfirmationTemplate',
  'purchase-confirmation': 'PurchaseConfirmationTemplate',
  'purchase-update': 'PurchaseUpdateTemplate',
  'list-withdrawn': 'ListWithdrawn',
  'list-closed': 'ListClosed',
  'gift-withdrawn': 'GiftWithdrawn',
  'pledge-confirmation': 'PledgeConfirmation',
  'pledge-withdrawn': 'PledgeWithdrawn',
  'reservation-reminder': 'ReservationReminder',
  'reveal-summary': 'RevealSummary',
  'thank-you': 'ThankYou',
  'email-changed': 'EmailChanged',
  'inactive-warning': 'InactiveWarning',
  'close-proposal': 'CloseProposal',
  'co-owner-added': 'CoOwnerAdded',
  contact: 'ContactUs',
  alert: 'Alert',
} as const;
export type TemplateName = keyof typeof TEMPLATES;

export interface Letter {
  template: TemplateName;
  to: string;
  /** Letters of one key arrive in the order they were sent: the reservation's id, or the user's. */
  key: string;
  reservationId?: string;
  variables?: Record<string, unknown>;
  /** Language of whoever gets it, or of the page that was used; an account's own language goes before it. */
  locale?: string | null | undefined;
  correlationId: string | null;
  /** A second letter with this key is not sent. */
  onceKey?: string;
}

export interface Courier {
  /** Sends letters with the caller's transaction. */
  send(trx: Handle, letters: Letter[]): Promise<void>;
}

export const MailPayload = Type.Object({ mailId: Type.String() });

/** Twelve attempts from 5 s on, doubling, at most an hour apart: spec section 5.2. */
export const deliverMailTask = {
  name: 'lists.deliver_mail',
  payload: MailPayload,
  ordered: { onExhausted: 'release' },
  retries: { limit: 11, delaySeconds: 5, backoff: true, maxDelaySeconds: 3_600 },
  batchSize: 50,
  concurrency: 1,
  timeoutSeconds: 120,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

/** Codes have a queue of their own, which a person waits on. */
export const deliverCodeTask = {
  name: 'lists.deliver_code',
  payload: MailPayload,
  retries: { limit: 6, delaySeconds: 2, backoff: true, maxDelaySeconds: 120 },
  batchSize: 10,
  concurrency: 1,
  wake: true,
  timeoutSeconds: 60,
  keepCompletedSeconds: 0,
} satisfies TaskOptions;

const CODE_EXPIRES_MS = 10 * 60_000;

export function createCourier(jobs: Jobs, clock: Clock): Courier {
  return {
    async send(trx, letters) {
      if (letters.length === 0) return;
      const now = clock.now();
      const rows = letters.map((letter) => ({
        letter,
        mail: {
          id: uuidV7(),
          template: letter.template,
          recipient: letter.to,
          reservation_id: letter.reservationId ?? null,
          variables: { ...letter.variables, ...(letter.locale ? { locale: letter.locale } : {}) },
          expires_at: letter.template === 'code' ? new Date(now.getTime() + CODE_EXPIRES_MS) : null,
          once_key: letter.onceKey ?? null,
        },
      }));
      const inserted = new Set(
        await insertMails(
          trx,
          rows.map(({ mail }) => mail),
          now,
        ),
      );
      const items = rows
        .filter(({ mail }) => inserted.has(mail.id))
        .map(({ letter, mail }) => ({
          isCode: letter.template === 'code',
          item: { payload: { mailId: mail.id }, key: letter.key, correlationId: letter.correlationId },
        }));
      await jobs.enqueue(
        trx,
        deliverMailTask,
        items.filter(({ isCode }) => !isCode).map(({ item }) => item),
      );
      await jobs.enqueue(
        trx,
        deliverCodeTask,
        items
          .filter(({ isCode }) => isCode)
          .map(({ item: { payload, correlationId } }) => ({ payload, correlationId })),
      );
    },
  };
}
