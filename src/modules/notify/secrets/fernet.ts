// Fernet, the token format that Notify shares with its admin website (internals section 7.4): version 0x80, time,
// AES-128-CBC and HMAC-SHA256 with one half of a 32-byte key each.
import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const VERSION = 0x80;
const HEADER_BYTES = 9;
const IV_BYTES = 16;
const MAC_BYTES = 32;

/** Seals `text` with the time it was made at; the result is URL-safe base64 with padding. */
export function sealToken(key: Uint8Array, text: string, now: Date): string {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1_000)), 1);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([header, iv, cipher.update(text, 'utf8'), cipher.final()]);
  return toUrlSafe(Buffer.concat([signed, macOf(key, signed)]));
}

/** The text of a token made at most `maxAgeSeconds` ago; undefined when it is forged, changed or too old. */
export function openToken(
  key: Uint8Array,
  token: string,
  limits: { now: Date; maxAgeSeconds: number },
): string | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < HEADER_BYTES + IV_BYTES + 16 + MAC_BYTES || bytes[0] !== VERSION) return undefined;
  const signed = bytes.subarray(0, -MAC_BYTES);
  if (!timingSafeEqual(macOf(key, signed), bytes.subarray(-MAC_BYTES))) return undefined;
  const madeAt = Number(signed.readBigUInt64BE(1));
  if (madeAt + limits.maxAgeSeconds < limits.now.getTime() / 1_000) return undefined;
  const iv = signed.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), iv);
  try {
    return (
      decipher.update(signed.subarray(HEADER_BYTES + IV_BYTES), undefined, 'utf8') + decipher.final('utf8')
    );
  } catch (error) {
    // Signed with our key but not padded as we pad: nothing we made.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function macOf(key: Uint8Array, signed: Uint8Array): Buffer {
  return createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
}

function toUrlSafe(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
