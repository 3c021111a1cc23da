import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import { type BlobContent, type BlobStore, checkKey, checkPrefix, chunksOf } from './blob-store.ts';
import { readListing, readUploadId } from './s3-answers.ts';

export interface S3Config {
  readonly bucket: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Size of the parts of a large blob; S3 itself takes none below 5 MiB but the last. */
  readonly partBytes?: number;
}

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 60_000;

type Call = (
  method: string,
  target: string,
  init?: { body?: Uint8Array | string; contentType?: string },
) => Promise<Response>;

/** Blobs in an S3 bucket, addressed by path so that any S3-compatible service will do. */
export function createS3Store(config: S3Config): BlobStore {
  const call = createCaller(config);
  return {
    async put(key, content, { contentType }) {
      checkKey(key);
      await upload(call, key, partsOf(content, config.partBytes ?? DEFAULT_PART_BYTES), contentType);
    },
    async get(key) {
      checkKey(key);
      const response = await call('GET', key);
      if (response.status === 404) {
        await response.body?.cancel();
        return undefined;
      }
      const { body } = await expectSuccess(response, 'read');
      return {
        contentType: response.headers.get('content-type') ?? 'application/octet-stream',
        bytes: Number(response.headers.get('content-length') ?? 0),
        metadata: metadataOf(response.headers),
        // fetch declares the stream of the browser, which Node implements with its own.
        stream: body ? Readable.fromWeb(body as ReadableStream<Uint8Array>) : Readable.from([]),
      };
    },
    async delete(key) {
      checkKey(key);
      const response = await call('DELETE', key);
      if (response.status !== 404) await expectSuccess(response, 'delete');
      await response.body?.cancel();
    },
    async *list(prefix) {
      checkPrefix(prefix);
      let continuation: string | undefined;
      do {
        const query = new URLSearchParams({ 'list-type': '2', prefix });
        if (continuation !== undefined) query.set('continuation-token', continuation);
        const response = await expectSuccess(await call('GET', `?${query}`), 'list');
        const page = readListing(await response.text());
        yield* page.entries;
        continuation = page.continuation;
      } while (continuation !== undefined);
    },
  };
}

function createCaller(config: S3Config): Call {
  const { accessKeyId, secretAccessKey, region } = config;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 3 });
  const base = `${config.endpoint.replace(/\/+$/, '')}/${config.bucket}`;
  return async (method, target, { body = '', contentType } = {}) => {
    const headers = {
      // Lets S3 refuse bytes that changed on the way.
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    };
    const abort = new AbortController();
    // Until the answer begins; how long its body takes depends on who reads it.
    const timer = setTimeout(() => abort.abort(new Error('S3 did not answer in time')), REQUEST_TIMEOUT_MS);
    try {
      const url = target.startsWith('?') ? base + target : `${base}/${target}`;
      // A GET may not have a body, not even an empty one.
      const init = { method, headers, signal: abort.signal };
      return await client.fetch(url, body.length === 0 ? init : { ...init, body: Buffer.from(body) });
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * S3 must be told the length of what it is sent, and a stream does not know its own. One that ends within a part is
 * sent at once; a longer one part by part, and becomes visible when all have arrived.
 */
async function upload(
  call: Call,
  key: string,
  parts: AsyncGenerator<Uint8Array>,
  contentType: string,
): Promise<void> {
  const first = (await parts.next()).value ?? new Uint8Array();
  const second = await parts.next();
  if (second.done) {
    await expectSuccess(await call('PUT', key, { body: first, contentType }), 'write');
    return;
  }
  const started = await expectSuccess(await call('POST', `${key}?uploads=`, { contentType }), 'write');
  const uploadId = encodeURIComponent(readUploadId(await started.text()));
  try {
    const tags = [await uploadPart(call, `${key}?partNumber=1&uploadId=${uploadId}`, first)];
    tags.push(await uploadPart(call, `${key}?partNumber=2&uploadId=${uploadId}`, second.value));
    for await (const part of parts) {
      tags.push(await uploadPart(call, `${key}?partNumber=${tags.length + 1}&uploadId=${uploadId}`, part));
    }
    const list = tags.map(
      (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`,
    );
    const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const completed = await expectSuccess(
      await call('POST', `${key}?uploadId=${uploadId}`, { body }),
      'write',
    );
    // S3 may answer 200 first and find that it failed afterwards.
    if ((await completed.text()).includes('<Error>'))
      throw new Error('S3 could not complete a multipart upload');
  } catch (error) {
    await call('DELETE', `${key}?uploadId=${uploadId}`).catch(() => undefined);
    throw error;
  }
}

async function uploadPart(call: Call, target: string, body: Uint8Array): Promise<string> {
  const response = await expectSuccess(await call('PUT', target, { body }), 'write');
  await response.body?.cancel();
  return response.headers.get('etag') ?? '';
}

async function* partsOf(content: BlobContent, partBytes: number): AsyncGenerator<Uint8Array> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(content)) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + partBytes - bytes);
      chunks.push(piece);
      bytes += piece.length;
      start += piece.length;
      if (bytes < partBytes) continue;
      yield Buffer.concat(chunks);
      chunks = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}

const METADATA = 'x-amz-meta-';

function metadataOf(headers: Headers): Record<string, string> {
  const entries = [...headers].filter(([name]) => name.startsWith(METADATA));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(METADATA.length), value]));
}

async function expectSuccess(response: Response, action: string): Promise<Response> {
  if (response.ok) return response;
  const code = /<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1];
  throw new Error(
    `S3 refused to ${action} a blob with ${response.status}${code ? ` ${code}` : ''}; check the bucket, its region and the keys`,
  );
}
