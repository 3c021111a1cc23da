// Where the PDFs of letters are kept: internals section 6.10.1. Keys below `notify/` stand for the original's buckets.
import type { Readable } from 'node:stream';
import type { BlobStore } from '#platform/blobs';
import type { NotifyContext } from '../context.ts';
import { letterFileName, letterFilePrefix } from '../letters/letter-file.ts';
import type { NotificationRow } from '../notifications/notification-queries.ts';
import { POSTAGES, type Postage } from '../recipients/postal-address.ts';
import type { LetterFolder } from '../retention/retention-decision.ts';

type LetterRef = Pick<
  NotificationRow,
  'id' | 'reference' | 'created_at' | 'postage' | 'key_type' | 'notification_status'
>;

const PDF = { contentType: 'application/pdf' };

/** Uploads that nobody has scanned yet, by the notification's id. */
export function scanKey(id: string): string {
  return `notify/letters-scan/${id}.pdf`;
}

function invalidKey(id: string): string {
  return `notify/letters-invalid-pdf/${id}.pdf`;
}

/** Live letters lie in folders of their print day, those of test keys in none. */
function printKey(letter: LetterRef): string {
  const bucket = letter.key_type === 'test' ? 'test-letters' : 'letters-pdf';
  return `notify/${bucket}/${nameOf(letter)}`;
}

function nameOf(letter: LetterRef): string {
  const { reference, created_at: createdAt, postage } = letter;
  return letterFileName(
    { reference: reference ?? '', createdAt, postage: (postage ?? 'second') as Postage },
    { withFolder: letter.key_type !== 'test' },
  );
}

export async function putUnscannedLetter(
  ctx: Pick<NotifyContext, 'blobs'>,
  id: string,
  pdf: Uint8Array,
): Promise<void> {
  await ctx.blobs.put(scanKey(id), pdf, PDF);
}

export async function putPrintableLetter(
  ctx: Pick<NotifyContext, 'blobs'>,
  letter: LetterRef,
  pdf: Uint8Array,
): Promise<void> {
  await ctx.blobs.put(printKey(letter), pdf, PDF);
}

export async function putInvalidLetter(
  ctx: Pick<NotifyContext, 'blobs'>,
  id: string,
  pdf: Uint8Array,
): Promise<void> {
  await ctx.blobs.put(invalidKey(id), pdf, PDF);
}

/**
 * Every name the file of a letter can have in a folder: its class may be older than the letter's, and asking for the names
 * one by one costs less than listing a day's letters for each.
 */
export function possibleLetterKeys(
  letter: { id: string; reference: string | null; createdAt: Date },
  folder: LetterFolder,
): string[] {
  if (folder === 'letters-invalid-pdf') return [invalidKey(letter.id)];
  const { reference, createdAt } = letter;
  return POSTAGES.map((postage) => {
    const name = letterFileName(
      { reference: reference ?? '', createdAt, postage },
      { withFolder: folder === 'letters-pdf' },
    );
    return `notify/${folder}/${name}`;
  });
}

/** The whole file; undefined when there is none. */
export async function readBlob(blobs: BlobStore, key: string): Promise<Buffer | undefined> {
  const blob = await blobs.get(key);
  return blob && collect(blob.stream);
}

/** The PDF that the API gives for a letter; undefined while there is none (public section 3.9). */
export async function readLetterPdf(
  ctx: Pick<NotifyContext, 'blobs'>,
  letter: LetterRef,
): Promise<Buffer | undefined> {
  if (letter.notification_status === 'validation-failed') {
    const invalid = await readBlob(ctx.blobs, invalidKey(letter.id));
    if (invalid) return invalid;
  }
  const exact = await readBlob(ctx.blobs, printKey(letter));
  return exact ?? findByReference(ctx, letter);
}

/** The class in a file's name may be older than the letter's, so the reference decides. */
async function findByReference(
  ctx: Pick<NotifyContext, 'blobs'>,
  letter: LetterRef,
): Promise<Buffer | undefined> {
  const bucket = letter.key_type === 'test' ? 'test-letters' : 'letters-pdf';
  const prefix = letterFilePrefix(
    { reference: letter.reference ?? '', createdAt: letter.created_at },
    { withFolder: letter.key_type !== 'test' },
  );
  for await (const { key } of ctx.blobs.list(`notify/${bucket}/${prefix}`)) return readBlob(ctx.blobs, key);
  return undefined;
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
