import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export const TEST_CREDENTIALS = {
  accessKeyId: 'AKTEST',
  secretAccessKey: 'secret/test',
  region: 'eu-west-2',
};

interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  /** Headers `x-amz-meta-...` without their start. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly modifiedAt: Date;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
}

interface Upload {
  readonly contentType: string;
  readonly parts: Map<number, Buffer>;
}

/** Enough of S3 for the contract tests: it checks every signature and payload hash, and keeps objects in memory. */
export async function startS3TestServer(options: { bucket: string; pageSize: number }) {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = isSigned(request, url, body)
      ? serve({ request, url, body, objects, uploads, ...options })
      : { status: 403, body: '<Error><Code>SignatureDoesNotMatch</Code></Error>' };
    response.writeHead(answer.status, {
      'content-length': Buffer.byteLength(answer.body ?? ''),
      ...answer.headers,
    });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // A listening TCP server always has an address object.
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    uploads,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Served {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly body: Buffer;
  readonly bucket: string;
  readonly pageSize: number;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
}

function serve(served: Served): Answer {
  const { request, url, objects, bucket } = served;
  const [, wanted, ...rest] = decodeURIComponent(url.pathname).split('/');
  const key = rest.join('/');
  if (wanted !== bucket) return { status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' };
  if (request.method === 'POST') return servePost(served, key);
  if (request.method === 'PUT') return servePut(served, key);
  if (request.method === 'DELETE') {
    const upload = url.searchParams.get('uploadId');
    if (upload === null) objects.delete(key);
    else served.uploads.delete(upload);
    return { status: 204 };
  }
  if (key === '') return { status: 200, body: listing(served) };
  const object = objects.get(key);
  if (!object) return { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
  const metadata = Object.entries(object.metadata ?? {}).map(([name, value]) => [
    `x-amz-meta-${name}`,
    value,
  ]);
  const headers = { 'content-type': object.contentType, ...Object.fromEntries(metadata) };
  return { status: 200, body: object.bytes, headers };
}

function servePut({ request, url, body, objects, uploads }: Served, key: string): Answer {
  const contentType = request.headers['content-type'] ?? '';
  const part = url.searchParams.get('partNumber');
  if (part === null) objects.set(key, { bytes: body, contentType, modifiedAt: new Date() });
  else uploads.get(url.searchParams.get('uploadId') ?? '')?.parts.set(Number(part), body);
  return { status: 200, headers: { etag: `"${createHash('md5').update(body).digest('hex')}"` } };
}

function servePost({ request, url, body, objects, uploads }: Served, key: string): Answer {
  if (url.searchParams.has('uploads')) {
    const id = `${randomUUID()}+/=`;
    uploads.set(id, { contentType: request.headers['content-type'] ?? '', parts: new Map() });
    return {
      status: 200,
      body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    };
  }
  const id = url.searchParams.get('uploadId') ?? '';
  const upload = uploads.get(id);
  const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>"[0-9a-f]{32}"/g)].map(
    (match) => Number(match[1]),
  );
  if (!upload || numbers.length !== upload.parts.size)
    return { status: 400, body: '<Error><Code>InvalidPart</Code></Error>' };
  const bytes = Buffer.concat(numbers.map((number) => upload.parts.get(number) ?? Buffer.alloc(0)));
  objects.set(key, { bytes, contentType: upload.contentType, modifiedAt: new Date() });
  uploads.delete(id);
  return { status: 200, body: '<CompleteMultipartUploadResult/>' };
}

function listing({ url, objects, pageSize }: Served): string {
  const after = url.searchParams.get('continuation-token') ?? '';
  const prefix = url.searchParams.get('prefix') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, pageSize);
  const contents = page.map((key) => {
    const object = objects.get(key);
    return `<Contents><Key>${key}</Key><LastModified>${object?.modifiedAt.toISOString()}</LastModified><Size>${object?.bytes.length}</Size></Contents>`;
  });
  const isTruncated = keys.length > page.length;
  const next = isTruncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
  return `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
}

/** Signature version 4 worked out from the request alone, as the AWS documentation describes it. */
function isSigned(request: IncomingMessage, url: URL, body: Buffer): boolean {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, accessKeyId, day = '', region = '', signedHeaders = '', signature] =
    pattern.exec(request.headers.authorization ?? '') ?? [];
  if (accessKeyId !== TEST_CREDENTIALS.accessKeyId || region !== TEST_CREDENTIALS.region) return false;
  const payloadHash = createHash('sha256').update(body).digest('hex');
  if (request.headers['x-amz-content-sha256'] !== payloadHash) return false;
  const headers = signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const path = decodeURIComponent(url.pathname).split('/').map(encodeStrictly).join('/');
  const query = [...url.searchParams]
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .sort();
  const canonical = [
    request.method,
    path,
    query.join('&'),
    headers.join(''),
    signedHeaders,
    payloadHash,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const canonicalHash = createHash('sha256').update(canonical).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, canonicalHash].join('\n');
  let key: Buffer = Buffer.from(`AWS4${TEST_CREDENTIALS.secretAccessKey}`);
  for (const step of [day, region, 's3', 'aws4_request'])
    key = createHmac('sha256', key).update(step).digest();
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
