import { ListsError } from '../errors.ts';

/** Refusals of accounts, with the codes of spec section 7.4. */
export const authErrors = {
  emailExists: () => new ListsError(409, 'EMAIL_EXISTS', 'An account with the given email already exists.'),
  googleAlternateExists: (alternate: string) =>
    new ListsError(
      409,
      'GOOGLE_ALTERNATE_EXISTS',
      `PreSignUp failed with error User exists with different google email address ${alternate}..`,
      { alternate },
    ),
  userNotFound: () => new ListsError(404, 'USER_NOT_FOUND', 'User does not exist.'),
  userNotFoundAtReset: () =>
    new ListsError(404, 'USER_NOT_FOUND', 'Username/client id combination not found.'),
  badCredentials: () => new ListsError(401, 'BAD_CREDENTIALS', 'Incorrect username or password.'),
  notConfirmed: () =>
    new ListsError(
      403,
      'USER_NOT_CONFIRMED',
      'This address is not confirmed yet: type the code we sent, or ask for a new one.',
    ),
  codeMismatch: () =>
    new ListsError(400, 'CODE_MISMATCH', 'Invalid verification code provided, please try again.'),
  codeExpired: () => new ListsError(400, 'CODE_EXPIRED', 'This code is too old: ask for a new one.'),
  tooManyAttempts: () =>
    new ListsError(429, 'TOO_MANY_ATTEMPTS', 'There were too many attempts: wait a little, then try again.'),
  weakPassword: (rule: string, message: string) => new ListsError(400, 'WEAK_PASSWORD', message, { rule }),
  emailInvalid: () => new ListsError(400, 'EMAIL_INVALID', 'This is not an e-mail address.'),
  nameMissing: () => new ListsError(400, 'NAME_MISSING', 'Tell us your name.'),
  lastMethod: () =>
    new ListsError(409, 'LAST_METHOD', 'This is the only way you can sign in: set a password first.'),
  providerUnknown: () => new ListsError(404, 'PROVIDER_UNKNOWN', 'There is no such sign-in provider here.'),
};
