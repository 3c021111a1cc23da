import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Keys derived from the module's one secret, each for one use. */
export interface Secrets {
  encrypt(text: string | Buffer): Buffer;
  /** Throws when the bytes were not encrypted under this key. */
  decrypt(bytes: Buffer): Buffer;
  /** The name a holder has for everybody else on one list: stable there, unrelated on any other. */
  pseudonym(listId: string, holderKey: string): string;
  /** Proof that a link of ours carries this text. */
  sign(text: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createSecrets(secret: string): Secrets {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, '', `signalbox lists ${use}`, 32));
  const cipherKey = derive('encryption');
  const pseudonymKey = derive('pseudonyms');
  const signatureKey = derive('signatures');
  return {
    encrypt(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', cipherKey, iv);
      const body = Buffer.concat([cipher.update(text), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    decrypt(bytes) {
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    },
    pseudonym: (listId, holderKey) =>
      `g-${createHmac('sha256', pseudonymKey).update(`${listId}\n${holderKey}`).digest('hex').slice(0, 12)}`,
    sign: (text) => createHmac('sha256', signatureKey).update(text).digest('base64url'),
  };
}

/** The secret kept in the data folder, made at the first call; processes that race for it end with the same one. */
export function readOrMakeSecret(dataDir: string): string {
  const path = join(dataDir, 'lists-secret');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}-${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, randomBytes(32).toString('base64url'), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and never over one that is there.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}
