import { authErrors } from './auth-errors.ts';

const SHORTEST = 8;
const LONGEST = 256;
const SYMBOLS = new Set(`^$*.[]{}()?-"!@#%&/\\,><':;|_~\`+= `);

/** Rules in the order people meet them: spec section 7.3. Throws the first that fails. */
export function checkPassword(password: unknown, email: string): asserts password is string {
  const text = typeof password === 'string' ? password : '';
  if (text.length < SHORTEST) throw authErrors.weakPassword('length', `Use ${SHORTEST} characters or more.`);
  if (text.length > LONGEST) throw authErrors.weakPassword('too_long', `Use ${LONGEST} characters or fewer.`);
  if (text.toLowerCase() === email)
    throw authErrors.weakPassword('email', 'Use something else than your e-mail address.');
  if (!/\p{Ll}/u.test(text)) throw authErrors.weakPassword('lower', 'Add a lower-case letter.');
  if (!/\p{Lu}/u.test(text)) throw authErrors.weakPassword('upper', 'Add an upper-case letter.');
  if (!/\d/.test(text)) throw authErrors.weakPassword('digit', 'Add a digit.');
  if (![...text].some((character) => SYMBOLS.has(character))) {
    throw authErrors.weakPassword('symbol', 'Add a symbol, such as - + _ ! @ # or a full stop.');
  }
}
