// Where files of recipients lie: sealed, since they are nothing but personal data. A bulk send has the file of its upload.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { NotifyContext } from '../context.ts';
import { readBlob } from '../letter-production/letter-files.ts';

type FileContext = Pick<NotifyContext, 'blobs' | 'secrets'>;
const SEALED = { contentType: 'application/octet-stream' };

export function uploadKey(serviceId: string, id: string): string {
  return `notify/bulk-uploads/${serviceId}/${id}`;
}

export function contactListKey(serviceId: string, id: string): string {
  return `notify/contact-lists/${serviceId}/${id}`;
}

export async function putCsv(ctx: FileContext, key: string, csv: string): Promise<void> {
  await ctx.blobs.put(key, ctx.secrets.sealBytes(gzipSync(csv, { level: 1 })), SEALED);
}

/** Undefined once it is gone. */
export async function readCsv(ctx: FileContext, key: string): Promise<string | undefined> {
  const sealed = await readBlob(ctx.blobs, key);
  return sealed && gunzipSync(ctx.secrets.openBytes(sealed)).toString('utf8');
}
