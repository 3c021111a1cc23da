import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as text that fits a cookie and a URL. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: enough to recognise it, useless to whoever reads the table. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * The form token that belongs to a cookie. It is derived, so nothing is stored: only our pages and whoever holds the
 * HttpOnly cookie can know it.
 */
export function csrfTokenFor(cookieToken: string): string {
  return createHmac('sha256', cookieToken).update('signalbox-form').digest('base64url');
}

/** Whether `given` is the form token of this cookie; takes the same time whatever the answer. */
export function isCsrfTokenOf(cookieToken: string, given: unknown): boolean {
  if (typeof given !== 'string') return false;
  const expected = hashToken(csrfTokenFor(cookieToken));
  return timingSafeEqual(expected, hashToken(given));
}
