import { say, type Word } from '../../words/index.ts';

const SYMBOLS = /[\^$*.[\]{}()?\-"!@#%&/\\,><':;|_~`+= ]/;

/** The first rule a password breaks, in the server's order, or undefined: spec section 7.3. */
export function passwordProblem(password: string, email: string): string | undefined {
  const rules: [Word, boolean][] = [
    ['password_length', password.length < 8],
    ['password_too_long', password.length > 256],
    ['password_email', password.toLowerCase() === email.trim().toLowerCase()],
    ['password_lower', !/\p{Ll}/u.test(password)],
    ['password_upper', !/\p{Lu}/u.test(password)],
    ['password_digit', !/\d/.test(password)],
    ['password_symbol', !SYMBOLS.test(password)],
  ];
  const broken = rules.find(([, isBroken]) => isBroken);
  return broken && say(broken[0]);
}
