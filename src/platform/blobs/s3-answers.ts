import type { BlobEntry } from './blob-store.ts';

/**
 * S3 answers in XML of a few known elements without attributes, which patterns read exactly; keys that this store
 * writes need no escaping beyond the five XML entities.
 */
export function readListing(xml: string): { entries: BlobEntry[]; continuation: string | undefined } {
  const entries = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, contents = '']) => ({
    key: element(contents, 'Key') ?? '',
    bytes: Number(element(contents, 'Size')),
    modifiedAt: new Date(element(contents, 'LastModified') ?? ''),
  }));
  const isTruncated = element(xml, 'IsTruncated') === 'true';
  return { entries, continuation: isTruncated ? element(xml, 'NextContinuationToken') : undefined };
}

export function readUploadId(xml: string): string {
  const id = element(xml, 'UploadId');
  if (id === undefined) throw new Error('S3 did not answer with an upload id');
  return id;
}

function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => CHARACTERS[entity] ?? '');
}

const CHARACTERS: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
