import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { normaliseEmailAddress } from '../recipients/email-address.ts';

const hash = promisify(argon2);
/** The smallest cost that OWASP recommends for Argon2id: 19 MiB and two passes. */
const COST = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 };

/** Argon2id of an address in its normalised form, with the salt before it. */
export async function hashEmailAddress(address: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await hash('argon2id', { ...COST, message: comparable(address), nonce });
  return `${nonce.toString('base64url')}.${tag.toString('base64url')}`;
}

export async function isHashOf(address: string, hashed: string): Promise<boolean> {
  const [nonce = '', tag = ''] = hashed.split('.').map((part) => Buffer.from(part, 'base64url'));
  const given = await hash('argon2id', { ...COST, message: comparable(address), nonce });
  return given.length === tag.length && timingSafeEqual(given, Buffer.from(tag));
}

function comparable(address: string): string {
  return normaliseEmailAddress(address) ?? address.trim().toLowerCase();
}

const ACCESS_DAYS = 30;

/** What a browser keeps to show that the address was given: good for one document and 30 days. */
export function signAccess(documentId: string, secret: Buffer, now: Date): string {
  const expiry = now.getTime() + ACCESS_DAYS * 86_400_000;
  return `${expiry}.${signature(documentId, String(expiry), secret)}`;
}

export function isAccessSigned(value: string, documentId: string, secret: Buffer, now: Date): boolean {
  const [expiry = '', sent = ''] = value.split('.');
  if (!/^\d{1,16}$/.test(expiry) || Number(expiry) < now.getTime()) return false;
  const expected = Buffer.from(signature(documentId, expiry, secret));
  const given = Buffer.from(sent);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export const ACCESS_SECONDS = ACCESS_DAYS * 86_400;

function signature(documentId: string, expiry: string, secret: Buffer): string {
  return createHmac('sha256', secret).update(`document access ${documentId} ${expiry}`).digest('base64url');
}
