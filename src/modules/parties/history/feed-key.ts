import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Signs the pages of the change feed, so that whoever is handed one can tell that it is ours and whole. */
export interface FeedSigner {
  /** Ed25519 over the bytes of the body, in base64. */
  sign(body: Buffer): string;
  /** In PEM, for whoever checks. */
  publicKey: string;
}

const SEED_BYTES = 32;
/** DER of an Ed25519 private key up to its seed: RFC 8410. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key the setting gives, else the one kept in the data folder, made when there is none. */
export function createFeedSigner(options: { seed: string | undefined; dataDir: string }): () => FeedSigner {
  let signer: FeedSigner | undefined;
  // At the first use: a process that never answers the feed needs no key.
  return () => {
    signer ??= signerOf(options.seed === undefined ? keptSeed(options.dataDir) : readSeed(options.seed));
    return signer;
  };
}

function signerOf(seed: Buffer): FeedSigner {
  const key: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    sign: (body) => sign(null, body, key).toString('base64'),
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function readSeed(text: string): Buffer {
  const seed = Buffer.from(text.trim(), 'base64');
  if (seed.length !== SEED_BYTES) throw new Error('PARTIES_FEED_KEY must be 32 bytes in base64');
  return seed;
}

/** Processes that start together agree on the file that the first of them made. */
function keptSeed(dataDir: string): Buffer {
  const folder = join(dataDir, 'secrets');
  const file = join(folder, 'parties-feed-key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomBytes(SEED_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(file, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readSeed(readFileSync(file, 'utf8'));
}
