import { hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkSecrets } from './signed-link.ts';

export interface NotifyKeys {
  /** Seals what is stored. */
  encryption: Buffer;
  /** Seals the tokens of links (Fernet). */
  token: Buffer;
  /** What the original signed links with before; undefined where none of them are about. */
  signedLinks: LinkSecrets | undefined;
}

/**
 * The keys of the module: from the settings, or made at the first start and kept in
 * `<data>/secrets/notify-encryption-key`, readable by its owner alone. Throws for a setting that is not 32 bytes.
 */
export function loadKeys(options: {
  dataDir: string;
  secretKey: string | undefined;
  tokenSecretKey: string | undefined;
  linkSecret?: string | undefined;
  linkSalt?: string | undefined;
}): NotifyKeys {
  const encryption =
    options.secretKey === undefined
      ? keyFromFile(options.dataDir)
      : keyFromText('NOTIFY_ENCRYPTION_KEY', options.secretKey);
  const token =
    options.tokenSecretKey === undefined
      ? Buffer.from(hkdfSync('sha256', encryption, '', 'notify link tokens', 32))
      : keyFromText('TOKEN_SECRET_KEY', options.tokenSecretKey);
  const { linkSecret: secretKey, linkSalt: salt } = options;
  const signedLinks = secretKey !== undefined && salt !== undefined ? { secretKey, salt } : undefined;
  return { encryption, token, signedLinks };
}

function keyFromText(name: string, text: string): Buffer {
  const key = Buffer.from(text, 'base64url');
  if (key.length !== 32) throw new Error(`${name} must be 32 bytes in base64url`);
  return key;
}

/** Whole or not there at all: processes that start together must agree on one key. */
function keyFromFile(dataDir: string): Buffer {
  const folder = join(dataDir, 'secrets');
  const path = join(folder, 'notify-encryption-key');
  const known = readIfThere(path);
  if (known) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return keyFromText(path, readFileSync(path, 'utf8').trim());
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return keyFromText(path, readFileSync(path, 'utf8').trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
