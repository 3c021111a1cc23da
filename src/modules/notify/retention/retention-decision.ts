import type { Status } from '../notifications/notification.ts';
import type { KeyType, NotificationType } from '../services/service.ts';

/** Statuses in which a letter of a live key may still be printed: row and PDF stay whatever their age (internals 6.11.2). */
export const KEPT_LETTER_STATUSES: readonly Status[] = ['created', 'sending', 'pending-virus-check'];

/** Where the PDF of a letter lies that is to go with its row; null leaves what there is to the lifecycle of its folder. */
export type LetterFolder = 'letters-pdf' | 'letters-invalid-pdf' | 'test-letters';

export interface RetentionDecision {
  row: 'keep' | 'archive' | 'delete';
  file: LetterFolder | null;
}

/**
 * What becomes of a message past its retention. By status alone: `sent_at` may be left over from a hand-over that an
 * operator took back, or be missing after a fail-over.
 */
export function decideRetention(message: {
  type: NotificationType;
  keyType: KeyType;
  status: Status;
}): RetentionDecision {
  const { type, keyType, status } = message;
  const row = keyType === 'test' ? 'delete' : 'archive';
  if (type !== 'letter') return { row, file: null };
  if (keyType === 'test') {
    return { row, file: status === 'validation-failed' ? 'letters-invalid-pdf' : 'test-letters' };
  }
  if (KEPT_LETTER_STATUSES.includes(status)) return { row: 'keep', file: null };
  if (status === 'validation-failed') return { row, file: 'letters-invalid-pdf' };
  // Infected files stay where the scanner found them; `pending` is no status of letters.
  return { row, file: status === 'virus-scan-failed' || status === 'pending' ? null : 'letters-pdf' };
}
