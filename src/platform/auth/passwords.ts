import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

// OWASP's scrypt setting for 32 MiB of memory: about 150 ms on one core. Stored with each hash, so it can be raised.
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const MIN_LENGTH = 12;
const MAX_LENGTH = 200;
/** No module lets anyone choose a longer one. */
const LONGEST_CANDIDATE = 1_000;

/** Why a password is refused, in words for the person who chose it; undefined when it is fine. */
export function passwordProblem(password: string, email: string): string | undefined {
  if (password.length < MIN_LENGTH) return `Password must be ${MIN_LENGTH} characters or more`;
  if (password.length > MAX_LENGTH) return `Password must be ${MAX_LENGTH} characters or fewer`;
  if (new Set(password.toLowerCase()).size < 5) return 'Password must use at least 5 different characters';
  const [localPart = ''] = email.toLowerCase().split('@');
  if (
    password.toLowerCase().includes(email.toLowerCase()) ||
    password.toLowerCase() === localPart.repeat(2)
  ) {
    return 'Password must not contain your email address';
  }
  return undefined;
}

/** A salted scrypt hash of at most 1,000 characters. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Compares with a stored hash. Without one the same work is done, so that the time says nothing about the account. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  // A longer text cannot be anyone's password; hashing megabytes on request would be a gift to an attacker.
  const candidate = password.slice(0, LONGEST_CANDIDATE);
  if (stored === null) {
    await derive(candidate, Buffer.alloc(16), COST);
    return false;
  }
  const [scheme, n, r, p, salt = '', key = ''] = stored.split('$');
  if (scheme !== 'scrypt') throw new Error('A stored password hash has an unknown scheme');
  const expected = Buffer.from(key, 'base64');
  const cost = { N: Number(n), r: Number(r), p: Number(p) };
  return timingSafeEqual(expected, await derive(candidate, Buffer.from(salt, 'base64'), cost));
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
