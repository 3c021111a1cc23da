import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

// One blob holds a document: a short header that can be read without the key, then what the key seals. The key is
// in the link alone; who reads the store learns neither content nor file name.

export interface DocumentHeader {
  readonly createdAt: string;
  readonly retentionWeeks: number;
  /** Argon2id of the address that must be given, null when none must. */
  readonly emailHash: string | null;
  readonly mimeType: string;
  readonly extension: string;
  readonly bytes: number;
  readonly isScanned: boolean;
  /** The content is gone; the header stays to answer that there was one. */
  readonly isExpired?: true;
}

export interface SealedContent {
  readonly filename: string | null;
  readonly content: Buffer;
}

const MAGIC = Buffer.from('SBD1');
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_HEADER = 16_384;

/** The whole blob. `context` binds it to its place: a blob moved to another id does not open. */
export function sealDocument(
  header: DocumentHeader,
  sealed: SealedContent,
  key: Buffer,
  context: string,
): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  const name = Buffer.from(JSON.stringify(sealed.filename));
  const ciphertext = Buffer.concat([
    cipher.update(lengthOf(name)),
    cipher.update(name),
    cipher.update(sealed.content),
    cipher.final(),
  ]);
  return Buffer.concat([headerBytes(header), nonce, cipher.getAuthTag(), ciphertext]);
}

/** What is left of an expired document. */
export function headerBytes(header: DocumentHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  return Buffer.concat([MAGIC, lengthOf(json), json]);
}

/** Undefined when the key is not the one that sealed it. */
export function openDocument(blob: Buffer, key: Buffer, context: string): SealedContent | undefined {
  const start = MAGIC.length + 4 + blob.readUInt32BE(MAGIC.length);
  const tagEnd = start + NONCE_BYTES + TAG_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(start, start + NONCE_BYTES))
      .setAAD(Buffer.from(context))
      .setAuthTag(blob.subarray(start + NONCE_BYTES, tagEnd));
    const plain = Buffer.concat([decipher.update(blob.subarray(tagEnd)), decipher.final()]);
    const nameEnd = 4 + plain.readUInt32BE(0);
    // Written by sealDocument: a JSON text or null.
    const filename = JSON.parse(plain.subarray(4, nameEnd).toString('utf8')) as string | null;
    return { filename, content: plain.subarray(nameEnd) };
  } catch {
    // Node throws for a tag that does not fit; a wrong key in a link is an outcome here.
    return undefined;
  }
}

/** Reads the header off the front of a blob and lets go of the rest. */
export async function readHeader(stream: Readable): Promise<DocumentHeader> {
  const chunks: Buffer[] = [];
  let length = 0;
  let wanted = MAGIC.length + 4;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MAGIC.length + 4) wanted = headerEnd(Buffer.concat(chunks));
    if (length >= wanted) break;
  }
  stream.destroy();
  return parseHeader(Buffer.concat(chunks));
}

export async function readWhole(stream: Readable): Promise<{ header: DocumentHeader; blob: Buffer }> {
  const blob = await buffer(stream);
  return { header: parseHeader(blob), blob };
}

function headerEnd(start: Buffer): number {
  const length = start.readUInt32BE(MAGIC.length);
  if (!start.subarray(0, MAGIC.length).equals(MAGIC) || length > MAX_HEADER) {
    throw new Error('The blob is not a document');
  }
  return MAGIC.length + 4 + length;
}

function parseHeader(blob: Buffer): DocumentHeader {
  const end = headerEnd(blob);
  // Written by headerBytes.
  return JSON.parse(blob.subarray(MAGIC.length + 4, end).toString('utf8')) as DocumentHeader;
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}
