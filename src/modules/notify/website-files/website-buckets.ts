// The buckets that the admin website writes to itself, with its names of keys: internals sections 3.4.8, 3.9 and 6.10.1.
import { type BlobStore, createBlobStore } from '#platform/blobs';
import type { SettingValues } from '#platform/config';
import { readBlob } from '../letter-production/letter-files.ts';
import { createTimedCache } from '../services/timed-cache.ts';
import type { notifySettings } from '../settings.ts';

const LOGO_MS = 60_000;

export interface WebsiteBuckets {
  /** Files of recipients, checked by the website: `service-<id>-notify/<upload>.csv`. */
  csvUploads: BlobStore | undefined;
  /** Lists of recipients that are kept: `service-<id>-notify/<list>.csv`. */
  contactLists: BlobStore | undefined;
  /** Letters somebody has uploaded and not sent yet: `service-<id>/<upload>.pdf`. */
  transientLetters: BlobStore | undefined;
  /** PDFs that are printed after a letter: `service-<id>/<attachment>.pdf`. */
  letterAttachments: BlobStore | undefined;
  /** What email templates link to: `<service>/<file>`. */
  templateEmailFiles: BlobStore | undefined;
  /** The logo of a brand of letters, as it was up to a minute ago; undefined where logos are not read. Rejects when it is gone. */
  letterLogo(filename: string): Promise<Buffer | undefined>;
  /** Where the website fetches reports from: `notifications_report/<report>.csv`. */
  reports: BlobStore | undefined;
}

interface S3Access {
  s3Endpoint: string;
  s3Region: string;
  s3AccessKeyId: string | undefined;
  s3SecretAccessKey: string | undefined;
}

type BucketSettings = Pick<
  SettingValues<typeof notifySettings>,
  | 'csvUploadBucket'
  | 'contactListBucket'
  | 'transientLetterBucket'
  | 'letterAttachmentBucket'
  | 'templateEmailFileBucket'
  | 'reportBucket'
  | 'logoBucket'
>;

/** A bucket without a setting is not read: then the API knows only files that were uploaded here. */
export function createWebsiteBuckets(settings: BucketSettings, access: S3Access): WebsiteBuckets {
  const open = (bucket: string | undefined): BlobStore | undefined => {
    if (bucket === undefined) return undefined;
    const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = access;
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new Error(
        `The bucket ${bucket} of the admin website cannot be read without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
      );
    }
    const { s3Endpoint: endpoint, s3Region: region } = access;
    return createBlobStore({ kind: 's3', bucket, endpoint, region, accessKeyId, secretAccessKey });
  };
  const logos = open(settings.logoBucket);
  const letterLogos = createTimedCache(LOGO_MS, async (filename) => {
    const key = `letters/static/images/letter-template/${filename}.svg`;
    const logo = await readWebsiteBytes(logos, key);
    if (!logo) throw new Error(`The logo ${key} is not in the bucket of logos`);
    return logo;
  });
  return {
    letterLogo: (filename) => (logos ? letterLogos.get(filename) : Promise.resolve(undefined)),
    csvUploads: open(settings.csvUploadBucket),
    contactLists: open(settings.contactListBucket),
    transientLetters: open(settings.transientLetterBucket),
    letterAttachments: open(settings.letterAttachmentBucket),
    templateEmailFiles: open(settings.templateEmailFileBucket),
    reports: open(settings.reportBucket),
  };
}

export function csvKey(serviceId: string, id: string): string {
  return `service-${serviceId}-notify/${id}.csv`;
}

export function pdfKey(serviceId: string, id: string): string {
  return `service-${serviceId}/${id}.pdf`;
}

export function emailFileKey(serviceId: string, id: string): string {
  return `${serviceId}/${id}`;
}

export interface WebsiteFile {
  content: Buffer;
  /** All values are texts. */
  metadata: Readonly<Record<string, string>>;
}

/** A file with what the website wrote beside it; undefined when there is none, or no bucket to look in. */
export async function readWebsiteFile(
  bucket: BlobStore | undefined,
  key: string,
): Promise<WebsiteFile | undefined> {
  const blob = await bucket?.get(key);
  if (!blob) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of blob.stream) chunks.push(chunk as Buffer);
  return { content: Buffer.concat(chunks), metadata: blob.metadata };
}

/** The bytes of a file alone. */
export function readWebsiteBytes(bucket: BlobStore | undefined, key: string): Promise<Buffer | undefined> {
  return bucket ? readBlob(bucket, key) : Promise.resolve(undefined);
}
