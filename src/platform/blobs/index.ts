import type { BlobStore } from './blob-store.ts';
import { createDiskStore } from './disk-store.ts';
import { createS3Store, type S3Config } from './s3-store.ts';

export { type Blob, type BlobContent, type BlobEntry, BlobKeyError, type BlobStore } from './blob-store.ts';

export type BlobConfig =
  | { readonly kind: 'disk'; readonly directory: string }
  | ({ readonly kind: 's3' } & S3Config);

/** Bytes by key, in a folder of this machine or in an S3 bucket; both behave the same. */
export function createBlobStore(config: BlobConfig): BlobStore {
  return config.kind === 'disk' ? createDiskStore(config.directory) : createS3Store(config);
}
