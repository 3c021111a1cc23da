import { normaliseEmailAddress } from '../recipients/email-address.ts';
import { isPhoneProblem, readPhoneNumber } from '../recipients/phone-number.ts';

/** What somebody typed to find a recipient, in the form recipients are stored in: internals section 3.4.9. */
export function normaliseSearchTerm(term: string, types: readonly string[] | undefined): string {
  const only = types?.length === 1 ? types[0] : undefined;
  if (only === 'sms') return normaliseNumber(term);
  if (only === 'email') return normaliseEmailAddress(term) ?? term.trim().toLowerCase();
  const plain = term.replace(/\s/g, '').toLowerCase();
  // Without a channel, what looks like a number is looked for as one.
  return only === undefined && /^[+()\d\s-]{4,}$/.test(term) ? normaliseNumber(term) : plain;
}

function normaliseNumber(term: string): string {
  const read = readPhoneNumber(term, { international: true, landline: true });
  if (!isPhoneProblem(read)) return read.normalised;
  return term.replace(/[()\s-]/g, '').replace(/^[+0]+/, '');
}
