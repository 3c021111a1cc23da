import { normaliseEmailAddress } from './email-address.ts';
import { checkPhoneNumber, isPhoneProblem, readPhoneNumber } from './phone-number.ts';

export type KeyType = 'normal' | 'team' | 'test';

/** One form for comparing recipients: normalised number, else normalised address, else the text (public API 7.4). */
export function comparableRecipient(recipient: string): string {
  const number = checkPhoneNumber(recipient);
  if (!isPhoneProblem(number)) return number.normalised;
  return normaliseEmailAddress(recipient) ?? recipient;
}

/**
 * Why a text or email may not go to a recipient, in the words of public API 7.4; undefined when it may. `allowed` are
 * team members' addresses and numbers and the guest list, asked for only where they matter.
 */
export function findRecipientRefusal(options: {
  recipient: string;
  keyType: KeyType;
  restricted: boolean;
  allowed: () => Iterable<string>;
}): string | undefined {
  const { keyType, restricted } = options;
  if (keyType === 'test' || (keyType === 'normal' && !restricted)) return undefined;
  const wanted = comparableRecipient(options.recipient);
  for (const one of options.allowed()) if (comparableRecipient(one) === wanted) return undefined;
  return keyType === 'team'
    ? 'Can’t send to this recipient using a team-only API key'
    : 'Can’t send to this recipient when service is in trial mode – see https://www.notifications.service.gov.uk/trial-mode';
}

export interface GuestListEntry {
  readonly type: 'email' | 'mobile';
  /** As entered. */
  readonly recipient: string;
}

/** The entries of a new guest list, or the message for the first that is neither address nor mobile number. */
export function readGuestList(entries: readonly string[]): GuestListEntry[] | { message: string } {
  const list: GuestListEntry[] = [];
  for (const recipient of entries) {
    if (normaliseEmailAddress(recipient) !== undefined) list.push({ type: 'email', recipient });
    else if (!isPhoneProblem(readPhoneNumber(recipient, { international: true, landline: false }))) {
      list.push({ type: 'mobile', recipient });
    } else {
      return { message: `Invalid guest list: "${recipient}" is not a valid email address or phone number` };
    }
  }
  return list;
}
