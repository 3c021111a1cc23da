import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type FastifyInstance, fastify } from 'fastify';
import { type BlobStore, createBlobStore } from '#platform/blobs';
import { startFakeClamd } from '../testing/fake-clamd.ts';
import { readId, shortId } from './document-id.ts';
import { documentRoutes } from './document-routes.ts';
import { createDocumentStore, type DocumentStore, type StoredDocument } from './document-store.ts';
import { findFileProblems, isFileObject, readFileObject, type SentFile } from './file-object.ts';
import { createVirusScanner } from './virus-scanner.ts';

const SERVICE = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const RECIPIENT = 'Recipient@Example.test';
const TYPES =
  "'.csv', '.doc', '.docx', '.jpeg', '.jpg', '.json', '.odt', '.pdf', '.png', '.rtf', '.txt', '.xlsx'";

const sent = (change: Partial<SentFile> & { content?: string | Buffer } = {}): SentFile => ({
  base64: Buffer.from(change.content ?? 'name,age\nAnn,30\n').toString('base64'),
  filename: 'report – Ünïcode.csv',
  isCsv: false,
  confirmsEmail: true,
  retentionWeeks: 26,
  ...change,
});

describe('file objects', () => {
  it('are checked in order, with the words of the contract', () => {
    assert.deepEqual(findFileProblems({ file: 'abc' }), []);
    assert.deepEqual(
      findFileProblems({
        file: 1,
        colour: 5,
        is_csv: 'yes',
        filename: 'x',
        retention_period: '90 weeks',
        confirm_email_before_download: 'no',
      }),
      [
        'Additional properties are not allowed (colour was unexpected)',
        'file 1 is not of type string',
        'is_csv Unsupported value for is_csv: yes. Use a boolean true or false value.',
        'confirm_email_before_download Unsupported value for confirm_email_before_download: no. Use a boolean true or false value.',
        'retention_period Unsupported value for retention_period: 90 weeks. Supported periods are from 1 to 78 weeks.',
        'filename `filename` must end with a file extension. For example, filename.csv',
        'Do not set a value for `is_csv` if `filename` is set.',
      ],
    );
    assert.deepEqual(findFileProblems({ file: null }), ['file None is not of type string']);
    assert.deepEqual(findFileProblems({ file: 'a', b: 1, a: 2 }), [
      'Additional properties are not allowed (a, b were unexpected)',
    ]);
  });

  it('of the official clients carry nulls, which mean the default', () => {
    const value = {
      file: 'YQ==',
      filename: null,
      confirm_email_before_download: null,
      retention_period: null,
    };
    assert.ok(isFileObject(value));
    assert.deepEqual(findFileProblems(value), []);
    assert.deepEqual(readFileObject(value), {
      base64: 'YQ==',
      filename: undefined,
      isCsv: false,
      confirmsEmail: true,
      retentionWeeks: 26,
    });
    assert.equal(readFileObject({ file: '', retention_period: ' 4 Weeks ' }).retentionWeeks, 4);
    assert.equal(readFileObject({ file: '', confirm_email_before_download: false }).confirmsEmail, false);
  });
});

describe('ids in links', () => {
  it('are short and read in either form', () => {
    assert.equal(shortId(SERVICE).length, 22);
    assert.equal(readId(shortId(SERVICE)), SERVICE);
    assert.equal(readId(SERVICE.toUpperCase()), SERVICE);
    for (const text of ['', 'x', `${shortId(SERVICE)}A`, '../../../../etc/passwd'])
      assert.equal(readId(text), undefined);
  });
});

describe('files sent by email', () => {
  let directory = '';
  let now = new Date('2031-03-05T09:30:00Z');
  let blobs: BlobStore;
  let store: DocumentStore;
  let app: FastifyInstance;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'documents-'));
    const clock = { now: () => now };
    blobs = createBlobStore({ kind: 'disk', directory });
    store = createDocumentStore({
      blobs,
      clock,
      baseUrl: 'https://documents.example.test',
      scanner: undefined,
    });
    app = fastify();
    await app.register(
      documentRoutes({
        store,
        clock,
        accessSecret: Buffer.alloc(32, 7),
        uploadToken: 'upload-token',
        findService: async (id) =>
          id === SERVICE
            ? { name: 'A & B <Service>', contactLink: 'https://contact.example.test' }
            : undefined,
      }),
    );
  });
  after(async () => {
    await app.close();
    await rm(directory, { recursive: true });
  });

  const keep = async (file: SentFile = sent()): Promise<StoredDocument> => {
    const stored = await store.store(file, { serviceId: SERVICE, recipient: RECIPIENT });
    assert.ok(!('problem' in stored), JSON.stringify(stored));
    return stored;
  };
  const problem = async (file: SentFile) => {
    const stored = await store.store(file, { serviceId: SERVICE, recipient: RECIPIENT });
    return 'problem' in stored ? stored.problem.message : undefined;
  };
  const pathOf = (url: string) => url.replace('https://documents.example.test', '');
  const get = (url: string, cookie = '') => app.inject({ url: pathOf(url), headers: { cookie } });
  const confirm = (url: string, address: string) =>
    app.inject({
      method: 'POST',
      url: pathOf(url).replace('?', '/confirm-email-address?'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ email_address: address }).toString(),
    });

  it('are refused for the first thing wrong with them', async () => {
    const cases: [Partial<SentFile> & { content?: string | Buffer }, string][] = [
      [{ base64: 'abc' }, 'Document is not base64 encoded'],
      [{ filename: `${'x'.repeat(97)}.csv` }, '`filename` cannot be longer than 100 characters'],
      [{ filename: 'tool.EXE' }, `Unsupported file type '.exe'. Supported types are: ${TYPES}`],
      [{ content: Buffer.alloc(2 * 1024 * 1024 + 1025) }, 'Uploaded file exceeds file size limit'],
      [{ base64: '' }, 'Document must not be empty'],
      [
        { content: Buffer.from('MZ\x90\0\x03', 'latin1') },
        `Unsupported file type 'application/x-dosexec'. Supported types are: ${TYPES}`,
      ],
      [
        { filename: undefined, content: '<html><script>' },
        `Unsupported file type 'text/html'. Supported types are: ${TYPES}`,
      ],
    ];
    for (const [change, message] of cases) assert.equal(await problem(sent(change)), message);
    assert.equal(await problem(sent({ content: Buffer.alloc(2 * 1024 * 1024 + 1024, 'a') })), undefined);
  });

  it('have the type of their name, else of their content', async () => {
    const unnamed = { filename: undefined };
    assert.equal((await keep(sent())).mimeType, 'text/csv');
    assert.equal((await keep(sent(unnamed))).mimeType, 'text/plain');
    assert.equal((await keep(sent({ ...unnamed, isCsv: true }))).mimeType, 'text/csv');
    assert.equal((await keep(sent({ ...unnamed, content: '{"a":1}' }))).mimeType, 'application/json');
    assert.equal((await keep(sent({ ...unnamed, content: '%PDF-1.7\n' }))).mimeType, 'application/pdf');
    assert.match((await keep(sent({ ...unnamed, content: '%PDF-1.7\n' }))).directFileUrl, /\.pdf\?key=/);
  });

  it('cannot be read from the store without the link', async () => {
    await keep(sent({ content: 'a very secret content', filename: 'secret-name.txt' }));
    for (const name of await readdir(directory, { recursive: true })) {
      const bytes = await readFile(join(directory, name)).catch(() => Buffer.alloc(0));
      for (const secret of ['very secret', 'secret-name', 'xample.test'])
        assert.ok(!bytes.includes(secret), name);
    }
  });

  it('are fetched after the address was confirmed, and not before', async () => {
    const { url, directFileUrl } = await keep();
    const landing = await get(url);
    assert.equal(landing.statusCode, 200);
    assert.match(landing.body, /A &amp; B &lt;Service&gt; sent you a file/);
    assert.match(landing.body, /https:\/\/contact\.example\.test/);
    assert.equal(landing.headers['x-robots-tag'], 'noindex, nofollow');
    assert.equal(landing.headers['referrer-policy'], 'no-referrer');
    assert.equal((await get(directFileUrl)).statusCode, 403);
    assert.equal((await get(url.replace('?', '/download?'))).statusCode, 302);

    const wrong = await confirm(url, 'other@example.test');
    assert.equal(wrong.statusCode, 400);
    assert.match(wrong.body, /This is not the email address the file was sent to/);
    assert.equal((await confirm(url, ' ')).statusCode, 400);

    const right = await confirm(url, ' recipient@EXAMPLE.test ');
    assert.equal(right.statusCode, 303);
    const [cookie = ''] = String(right.headers['set-cookie']).split(';');
    assert.match(String(right.headers['set-cookie']), /HttpOnly; SameSite=Lax; Max-Age=2592000$/);
    const page = await get(String(right.headers.location), cookie);
    assert.match(page.body, /Download this CSV file \(0\.1KB\) to your device/);
    assert.match(page.body, /File available until 3 September 2031/);
    const file = await get(directFileUrl, cookie);
    assert.deepEqual(
      [file.statusCode, file.body, file.headers['content-type'], file.headers['content-disposition']],
      [
        200,
        'name,age\nAnn,30\n',
        'text/csv; charset=utf-8',
        'attachment; filename="report _ _n_code.csv"; filename*=UTF-8\'\'report%20%E2%80%93%20%C3%9Cn%C3%AFcode.csv',
      ],
    );

    now = new Date(now.getTime() + 31 * 86_400_000);
    assert.equal((await get(directFileUrl, cookie)).statusCode, 403, 'the cookie is good for 30 days');
    now = new Date('2031-03-05T09:30:00Z');
    const other = await keep();
    assert.equal(
      (await get(other.directFileUrl, cookie)).statusCode,
      403,
      'the cookie is good for one document',
    );
  });

  it('need no confirmation where the sender switched it off', async () => {
    const { id, url, directFileUrl } = await keep(sent({ confirmsEmail: false, filename: undefined }));
    assert.equal((await get(url.replace('?', '/confirm-email-address?'))).statusCode, 302);
    assert.equal((await get(url.replace('?', '/download?'))).statusCode, 200);
    const file = await get(directFileUrl);
    assert.equal(file.statusCode, 200);
    assert.equal(
      file.headers['content-disposition'],
      `attachment; filename="${id}.txt"; filename*=UTF-8''${id}.txt`,
    );
  });

  it('are not found with a wrong or missing key, id or service', async () => {
    const { url } = await keep();
    const wrongKey = url.replace(/key=.*/, `key=${Buffer.alloc(32).toString('base64url')}`);
    const otherService = url.replace(shortId(SERVICE), shortId('1b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d'));
    for (const path of [url.replace(/\?.*/, ''), `${url}x`, wrongKey, otherService, '/d/x/y?key=z']) {
      assert.equal((await get(path)).statusCode, 404, path);
    }
  });

  it('allow fifty attempts at the address in five minutes', async () => {
    const { url } = await keep();
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const outcome = await store.confirm(
        SERVICE,
        readId(url.split('/')[5]?.split('?')[0] ?? '') ?? '',
        'x@example.test',
      );
      assert.equal(outcome, 'wrong');
    }
    const limited = await confirm(url, RECIPIENT);
    assert.deepEqual([limited.statusCode, limited.headers['retry-after']], [429, '300']);
    now = new Date(now.getTime() + 300_000);
    assert.equal((await confirm(url, RECIPIENT)).statusCode, 303);
    now = new Date('2031-03-05T09:30:00Z');
  });

  it('are gone after their time, and their content with the next purge', async () => {
    const { id, url, directFileUrl } = await keep(sent({ retentionWeeks: 1, content: 'x'.repeat(5_000) }));
    now = new Date('2031-03-12T23:59:59Z');
    assert.equal((await get(url)).statusCode, 200);
    assert.equal(await store.purge(), 0);
    now = new Date('2031-03-13T00:00:00Z');
    assert.equal((await get(url)).statusCode, 410);
    assert.equal(await store.purge(), 1);
    assert.equal(await store.purge(), 0);
    assert.equal((await get(url)).statusCode, 410);
    assert.equal((await get(directFileUrl)).statusCode, 410);
    now = new Date('2031-03-05T09:30:00Z');
    const sizes: number[] = [];
    for await (const { bytes } of blobs.list(`notify/documents/${SERVICE}/${id}`)) sizes.push(bytes);
    assert.equal(sizes.length, 1);
    assert.ok((sizes[0] ?? 0) < 1_000);
  });

  it('are hidden while they are blocked', async () => {
    const { id, url } = await keep();
    await store.setBlocked(SERVICE, id, true);
    assert.equal((await get(url)).statusCode, 404);
    await store.setBlocked(SERVICE, id, false);
    assert.equal((await get(url)).statusCode, 200);
  });

  it('can be uploaded and fetched by programs', async () => {
    const upload = (payload: unknown, authorization = 'Bearer upload-token') =>
      app.inject({
        method: 'POST',
        url: `/services/${SERVICE}/documents`,
        headers: { authorization, 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      });
    const document = Buffer.from('hello').toString('base64');
    assert.equal((await upload({ document }, '')).statusCode, 401);
    assert.equal((await upload({ document }, 'Bearer upload-tokem')).statusCode, 403);
    assert.deepEqual((await upload({ document: '' })).json(), { error: 'Document must not be empty' });
    assert.equal((await upload({})).statusCode, 400);
    assert.equal((await upload({ document: 'A'.repeat(2_900_000) })).statusCode, 413);
    const created = await upload({ document, confirmation_email: RECIPIENT, filename: 'a.txt' });
    assert.equal(created.statusCode, 201);
    const {
      id,
      url,
      direct_file_url: direct,
      mimetype,
    } = (created.json() as { document: Record<string, string> }).document;
    assert.equal(mimetype, 'text/plain');
    const key = /key=(.*)$/.exec(url ?? '')?.[1] ?? '';
    const base = `/services/${SERVICE}/documents/${id}`;
    assert.deepEqual((await get(`${base}/check?key=${key}`)).json(), {
      document: {
        direct_file_url: pathOf(direct ?? ''),
        confirm_email: true,
        size_in_bytes: 5,
        file_extension: 'txt',
        filename: 'a.txt',
        available_until: '2031-09-03',
      },
    });
    const authenticate = (payload: unknown) =>
      app.inject({
        method: 'POST',
        url: `${base}/authenticate`,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(payload),
      });
    assert.deepEqual((await authenticate({ key, email_address: 'x@example.test' })).json(), {
      error: 'Authentication failure',
    });
    assert.equal((await authenticate({ email_address: RECIPIENT })).statusCode, 400);
    const { signed_data: signed } = (await authenticate({ key, email_address: RECIPIENT })).json() as {
      signed_data: string;
    };
    assert.equal((await get(direct ?? '', `document_access_signed_data=${signed}`)).body, 'hello');
  });
});

describe('virus scanner', () => {
  let daemon: Awaited<ReturnType<typeof startFakeClamd>>;
  let url = '';
  before(async () => {
    daemon = await startFakeClamd();
    url = daemon.url;
  });
  after(() => daemon[Symbol.asyncDispose]());

  it('asks a clamd and takes only its clear answers', async () => {
    const scanner = createVirusScanner(url);
    assert.equal(await scanner?.scan(Buffer.from('harmless')), 'clean');
    assert.equal(await scanner?.scan(Buffer.from('EICAR')), 'infected');
    await assert.rejects(async () => scanner?.scan(Buffer.from('unsure')), /neither OK nor FOUND/);
  });

  it('fails where nothing listens, and is none where none is set', async () => {
    const unreachable = createVirusScanner('tcp://127.0.0.1:1');
    await assert.rejects(async () => unreachable?.scan(Buffer.from('x')), /gave no answer/);
    assert.equal(createVirusScanner(undefined), undefined);
    assert.throws(() => createVirusScanner('http://a.test'), /tcp:\/\/host:port/);
  });

  it('keeps an infected file out', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'documents-'));
    const store = createDocumentStore({
      blobs: createBlobStore({ kind: 'disk', directory }),
      clock: { now: () => new Date() },
      baseUrl: 'https://documents.example.test',
      scanner: createVirusScanner(url),
    });
    const stored = await store.store(sent({ content: 'EICAR' }), {
      serviceId: SERVICE,
      recipient: RECIPIENT,
    });
    assert.deepEqual(stored, { problem: { message: 'File did not pass the virus scan', status: 400 } });
    assert.deepEqual(await readdir(directory), []);
    await rm(directory, { recursive: true });
  });
});
