import type { Readable } from 'node:stream';

export type BlobContent = Uint8Array | string | AsyncIterable<Uint8Array>;

export interface Blob {
  readonly contentType: string;
  readonly bytes: number;
  /** What another program wrote beside the bytes in S3, by names in lower case; a store of our own has none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Read it or destroy it: it holds a file or a connection. */
  readonly stream: Readable;
}

export interface BlobEntry {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export interface BlobStore {
  /** Replaces what the key held, wholly or not at all. Durable once it resolves. */
  put(key: string, content: BlobContent, options: { contentType: string }): Promise<void>;
  /** Undefined when the key holds nothing. */
  get(key: string): Promise<Blob | undefined>;
  /** Does nothing when the key holds nothing. */
  delete(key: string): Promise<void>;
  /** Entries whose key starts with `prefix`, in the order of their keys, fetched page by page as they are read. */
  list(prefix: string): AsyncIterable<BlobEntry>;
}

/** A key that not every store could hold. */
export class BlobKeyError extends Error {
  constructor(key: string) {
    super(
      `Blob key ${JSON.stringify(key.slice(0, 100))} is not usable: write up to 500 characters as segments of letters, digits and . _ = @ - joined by /, each starting with a letter or digit`,
    );
    this.name = 'BlobKeyError';
  }
}

const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._=@-]{0,199}$/;

/** Segments never start with a dot, so that no key leads out of the folder or to a file of the store itself. */
export function checkKey(key: string): void {
  if (key.length > 500 || !key.split('/').every((segment) => SEGMENT.test(segment)))
    throw new BlobKeyError(key);
}

/** A prefix is the start of a key, so its last segment may be empty or cut short. */
export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix.endsWith('/') ? `${prefix}x` : prefix);
}

export async function* chunksOf(content: BlobContent): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
