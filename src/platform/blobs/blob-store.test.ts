import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startS3TestServer, TEST_CREDENTIALS } from '../../../test/harness/s3-server.ts';
import { type BlobEntry, BlobKeyError, type BlobStore, createBlobStore } from './index.ts';

const PART_BYTES = 1000;

/** What every store promises; each runs it. */
function behavesAsBlobStore(open: () => BlobStore): void {
  const put = (key: string, content = key) => open().put(key, content, { contentType: 'text/plain' });
  const entries = async (prefix: string) => {
    const found: BlobEntry[] = [];
    for await (const entry of open().list(prefix)) found.push(entry);
    return found;
  };
  const keys = async (prefix: string) => (await entries(prefix)).map((entry) => entry.key);

  it('gives back the bytes and the content type', async () => {
    await open().put('a/b.json', '{"é":1}', { contentType: 'application/json' });
    const blob = await open().get('a/b.json');
    assert.ok(blob);
    assert.deepEqual(
      [blob.contentType, blob.bytes, await text(blob.stream)],
      ['application/json', 8, '{"é":1}'],
    );
  });

  it('replaces what a key held', async () => {
    await put('a', 'first and longer');
    await open().put('a', new Uint8Array([1, 2, 3]), { contentType: 'application/octet-stream' });
    const blob = await open().get('a');
    assert.ok(blob);
    assert.deepEqual([blob.contentType, blob.bytes], ['application/octet-stream', 3]);
    assert.deepEqual([...(await buffer(blob.stream))], [1, 2, 3]);
  });

  it('keeps empty blobs', async () => {
    await put('empty', '');
    const blob = await open().get('empty');
    assert.ok(blob);
    assert.deepEqual([blob.bytes, await text(blob.stream)], [0, '']);
  });

  for (const size of [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 5 * PART_BYTES + 7]) {
    it(`takes a stream of ${size} bytes in uneven chunks`, async () => {
      const bytes = randomBytes(size);
      async function* chunks() {
        for (let start = 0; start < size; start += 333) yield bytes.subarray(start, start + 333);
      }
      await open().put('streamed', chunks(), { contentType: 'image/png' });
      const blob = await open().get('streamed');
      assert.ok(blob);
      assert.deepEqual([blob.contentType, blob.bytes], ['image/png', size]);
      assert.ok(bytes.equals(await buffer(blob.stream)));
    });
  }

  it('keeps the old blob when a stream breaks off', async () => {
    await put('a', 'old');
    async function* broken() {
      yield randomBytes(3 * PART_BYTES);
      throw new Error('The source broke off');
    }
    await assert.rejects(open().put('a', broken(), { contentType: 'text/plain' }), /broke off/);
    const blob = await open().get('a');
    assert.equal(blob && (await text(blob.stream)), 'old');
    assert.deepEqual(await keys(''), ['a']);
  });

  it('deletes, and is content when there is nothing to delete', async () => {
    await put('a/b');
    await open().delete('a/b');
    await open().delete('a/b');
    assert.equal(await open().get('a/b'), undefined);
    assert.deepEqual(await keys(''), []);
  });

  it('lists by prefix in the order of the keys, over pages', async () => {
    for (const key of ['b', 'a/10', 'a', 'a.txt', 'a/b/c', 'a-x', 'a/2', 'aa/1']) await put(key);
    assert.deepEqual(await keys(''), ['a', 'a-x', 'a.txt', 'a/10', 'a/2', 'a/b/c', 'aa/1', 'b']);
    assert.deepEqual(await keys('a/'), ['a/10', 'a/2', 'a/b/c']);
    assert.deepEqual(await keys('a/b/c'), ['a/b/c']);
    assert.deepEqual(await keys('a/1'), ['a/10']);
    assert.deepEqual(await keys('zz'), []);
    const [entry] = await entries('aa');
    assert.equal(entry?.bytes, 4);
    assert.ok(Math.abs(Date.now() - (entry?.modifiedAt.getTime() ?? 0)) < 60_000);
  });

  for (const key of [
    '',
    '/a',
    'a/',
    'a//b',
    '../a',
    'a/../b',
    '.a',
    'a\\b',
    'a\0b',
    'a+/b',
    'é',
    'x'.repeat(501),
  ]) {
    it(`refuses the key ${JSON.stringify(key.slice(0, 10))} everywhere`, async () => {
      await assert.rejects(put(key, 'x'), BlobKeyError);
      await assert.rejects(open().get(key), BlobKeyError);
      await assert.rejects(open().delete(key), BlobKeyError);
      if (key !== '' && key !== 'a/') await assert.rejects(keys(key), BlobKeyError);
    });
  }
}

describe('blobs on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'blobs-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  behavesAsBlobStore(() => createBlobStore({ kind: 'disk', directory }));

  it('leaves no draft behind, whether a write succeeds or not', async () => {
    const store = createBlobStore({ kind: 'disk', directory });
    async function* broken() {
      yield new Uint8Array(10);
      throw new Error('The source broke off');
    }
    await store.put('a', 'x', { contentType: 'text/plain' });
    await assert.rejects(store.put('b', broken(), { contentType: 'text/plain' }));
    assert.deepEqual(await readdir(join(directory, 'incoming')), []);
  });
});

describe('blobs in S3', () => {
  let server: Awaited<ReturnType<typeof startS3TestServer>>;
  const config = () => ({
    kind: 's3' as const,
    bucket: 'box',
    endpoint: server.endpoint,
    partBytes: PART_BYTES,
    ...TEST_CREDENTIALS,
  });
  before(async () => {
    server = await startS3TestServer({ bucket: 'box', pageSize: 3 });
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    server.objects.clear();
    server.uploads.clear();
  });
  behavesAsBlobStore(() => createBlobStore(config()));

  it('gives back what another program wrote beside the bytes', async () => {
    const object = { bytes: Buffer.from('x'), contentType: 'text/csv', modifiedAt: new Date() };
    server.objects.set('a/theirs.csv', { ...object, metadata: { original_file_name: 'People.xlsx' } });
    const store = createBlobStore(config());
    const blob = await store.get('a/theirs.csv');
    blob?.stream.destroy();
    assert.deepEqual(blob?.metadata, { original_file_name: 'People.xlsx' });
    await store.put('a/ours', 'x', { contentType: 'text/plain' });
    const ours = await store.get('a/ours');
    ours?.stream.destroy();
    assert.deepEqual(ours?.metadata, {});
  });

  it('gives up a broken upload, so that its parts are not kept and paid for', async () => {
    async function* broken() {
      yield new Uint8Array(3 * PART_BYTES);
      throw new Error('The source broke off');
    }
    await assert.rejects(createBlobStore(config()).put('a', broken(), { contentType: 'text/plain' }));
    assert.equal(server.uploads.size, 0);
  });

  it('says what to check when the signature is refused', async () => {
    const store = createBlobStore({ ...config(), secretAccessKey: 'wrong' });
    await assert.rejects(store.put('a', 'x', { contentType: 'text/plain' }), {
      message:
        'S3 refused to write a blob with 403 SignatureDoesNotMatch; check the bucket, its region and the keys',
    });
  });
});
