import { randomBytes, randomUUID } from 'node:crypto';
import type { BlobStore } from '#platform/blobs';
import type { Clock } from '#platform/telemetry';
import { checkFile, type FileProblem } from './check-file.ts';
import {
  type DocumentHeader,
  headerBytes,
  openDocument,
  readHeader,
  readWhole,
  sealDocument,
} from './document-file.ts';
import { shortId } from './document-id.ts';
import { hashEmailAddress, isHashOf } from './email-hash.ts';
import type { SentFile } from './file-object.ts';
import type { VirusScanner } from './virus-scanner.ts';

export interface StoredDocument {
  readonly id: string;
  /** The link that goes into the email; the only place where the key is. */
  readonly url: string;
  readonly directFileUrl: string;
  readonly mimeType: string;
}

export interface DocumentAbout {
  readonly mimeType: string;
  readonly extension: string;
  readonly bytes: number;
  readonly confirmsEmail: boolean;
  /** The last day on which it can be fetched. */
  readonly availableUntil: Date;
}

export type DocumentState<T> =
  | { readonly state: 'available'; readonly document: T }
  | { readonly state: 'gone' | 'missing' };

export interface DocumentContent extends DocumentAbout {
  readonly filename: string;
  readonly content: Buffer;
}

export interface DocumentStore {
  /**
   * Keeps a file for a recipient and gives its link, or says what is wrong with it (public API 6.8.3). Durable once it
   * resolves. `recipient` is who must confirm their address, unless the sender switched that off.
   */
  store(
    file: SentFile,
    owner: { serviceId: string; recipient: string },
  ): Promise<StoredDocument | { problem: FileProblem }>;
  /** What may be told to somebody with the link; `missing` for a wrong key too. */
  describe(serviceId: string, id: string, key: Buffer): Promise<DocumentState<DocumentContent>>;
  about(serviceId: string, id: string): Promise<DocumentState<DocumentAbout>>;
  /** Whether an address is the one the file went to; `limited` after 50 attempts in five minutes. */
  confirm(serviceId: string, id: string, address: string): Promise<'right' | 'wrong' | 'limited' | 'missing'>;
  /** From now on the document is treated as not found; or as found again. */
  setBlocked(serviceId: string, id: string, blocked: boolean): Promise<void>;
  /** Removes content past its time and old attempts; returns how many documents went. Safe to run at any time. */
  purge(): Promise<number>;
}

export interface DocumentStoreOptions {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Origin of the pages that links lead to, such as `https://documents.example.test`. */
  readonly baseUrl: string;
  /** Undefined when no scanner is set; files are then taken unscanned. */
  readonly scanner: VirusScanner | undefined;
}

const DAY_MS = 86_400_000;
const ATTEMPT_WINDOW_MS = 300_000;
const MAX_ATTEMPTS = 50;

/** Files sent by email, each sealed with a key that only its link holds (public API 6.8). */
export function createDocumentStore(options: DocumentStoreOptions): DocumentStore {
  const { blobs, clock, baseUrl, scanner } = options;
  const store = new BlobDocuments(blobs, clock);
  return {
    async store(file, { serviceId, recipient }) {
      const checked = await checkFile(file, scanner);
      if ('problem' in checked) return checked;
      const id = randomUUID();
      const key = randomBytes(32);
      const header: DocumentHeader = {
        createdAt: clock.now().toISOString(),
        retentionWeeks: file.retentionWeeks,
        emailHash: file.confirmsEmail ? await hashEmailAddress(recipient) : null,
        mimeType: checked.mimeType,
        extension: checked.extension,
        bytes: checked.bytes.length,
        isScanned: scanner !== undefined,
      };
      const sealed = { filename: file.filename ?? null, content: checked.bytes };
      await store.put(serviceId, id, header, sealDocument(header, sealed, key, `${serviceId}/${id}`));
      const query = `?key=${key.toString('base64url')}`;
      return {
        id,
        url: `${baseUrl}/d/${shortId(serviceId)}/${shortId(id)}${query}`,
        directFileUrl: `${baseUrl}/services/${serviceId}/documents/${id}.${checked.extension}${query}`,
        mimeType: checked.mimeType,
      };
    },
    async about(serviceId, id) {
      const found = await store.header(serviceId, id);
      return found.state === 'available' ? { state: 'available', document: aboutOf(found.document) } : found;
    },
    async describe(serviceId, id, key) {
      const found = await store.whole(serviceId, id);
      if (found.state !== 'available') return found;
      const { header, blob } = found.document;
      const opened = openDocument(blob, key, `${serviceId}/${id}`);
      if (opened === undefined) return { state: 'missing' };
      const filename = opened.filename ?? `${id}.${header.extension}`;
      return { state: 'available', document: { ...aboutOf(header), filename, content: opened.content } };
    },
    async confirm(serviceId, id, address) {
      const found = await store.header(serviceId, id);
      if (found.state !== 'available' || found.document.emailHash === null) return 'missing';
      if (!(await store.takeAttempt(id))) return 'limited';
      return (await isHashOf(address.slice(0, 1_000), found.document.emailHash)) ? 'right' : 'wrong';
    },
    setBlocked: (serviceId, id, blocked) => store.setBlocked(serviceId, id, blocked),
    purge: () => store.purge(),
  };
}

function aboutOf(header: DocumentHeader): DocumentAbout {
  return {
    mimeType: header.mimeType,
    extension: header.extension,
    bytes: header.bytes,
    confirmsEmail: header.emailHash !== null,
    availableUntil: lastDay(header),
  };
}

/** The day it was sent plus the weeks it is kept, in UTC. */
function lastDay(header: DocumentHeader): Date {
  const day = Math.floor(Date.parse(header.createdAt) / DAY_MS);
  return new Date((day + header.retentionWeeks * 7) * DAY_MS);
}

/** Where documents, their dates of expiry and attempts to open them stand in the blob store. */
class BlobDocuments {
  readonly #blobs: BlobStore;
  readonly #clock: Clock;

  constructor(blobs: BlobStore, clock: Clock) {
    this.#blobs = blobs;
    this.#clock = clock;
  }

  async put(serviceId: string, id: string, header: DocumentHeader, blob: Buffer): Promise<void> {
    // First the entry to expire it by: a document without one would stay for ever.
    const day = lastDay(header).toISOString().slice(0, 10);
    await this.#blobs.put(`${EXPIRIES}${day}/${serviceId}/${id}`, '', { contentType: 'text/plain' });
    await this.#blobs.put(documentKey(serviceId, id), blob, { contentType: 'application/octet-stream' });
  }

  async header(serviceId: string, id: string): Promise<DocumentState<DocumentHeader>> {
    const blob = await this.#blobs.get(documentKey(serviceId, id));
    if (blob === undefined) return { state: 'missing' };
    return this.#judge(serviceId, id, await readHeader(blob.stream), (header) => header);
  }

  async whole(
    serviceId: string,
    id: string,
  ): Promise<DocumentState<{ header: DocumentHeader; blob: Buffer }>> {
    const stored = await this.#blobs.get(documentKey(serviceId, id));
    if (stored === undefined) return { state: 'missing' };
    const { header, blob } = await readWhole(stored.stream);
    return this.#judge(serviceId, id, header, () => ({ header, blob }));
  }

  async setBlocked(serviceId: string, id: string, blocked: boolean): Promise<void> {
    const key = blockKey(serviceId, id);
    if (blocked) await this.#blobs.put(key, '', { contentType: 'text/plain' });
    else await this.#blobs.delete(key);
  }

  /** Notes an attempt; false when there were too many. Each is an entry of its own, so that processes need not agree. */
  async takeAttempt(id: string): Promise<boolean> {
    const window = Math.floor(this.#clock.now().getTime() / ATTEMPT_WINDOW_MS);
    const prefix = `${ATTEMPTS}${window}/${id}/`;
    let count = 0;
    for await (const _ of this.#blobs.list(prefix)) count += 1;
    if (count >= MAX_ATTEMPTS) return false;
    await this.#blobs.put(`${prefix}${randomUUID()}`, '', { contentType: 'text/plain' });
    return true;
  }

  async purge(): Promise<number> {
    const now = this.#clock.now();
    const today = now.toISOString().slice(0, 10);
    let purged = 0;
    for await (const { key } of this.#blobs.list(EXPIRIES)) {
      const [day = '', serviceId = '', id = ''] = key.slice(EXPIRIES.length).split('/');
      // Entries come in the order of their days.
      if (day >= today) break;
      await this.#expire(serviceId, id);
      await this.#blobs.delete(key);
      purged += 1;
    }
    const currentWindow = Math.floor(now.getTime() / ATTEMPT_WINDOW_MS);
    for await (const { key } of this.#blobs.list(ATTEMPTS)) {
      const [window = ''] = key.slice(ATTEMPTS.length).split('/');
      if (Number(window) < currentWindow) await this.#blobs.delete(key);
    }
    return purged;
  }

  async #expire(serviceId: string, id: string): Promise<void> {
    const key = documentKey(serviceId, id);
    const blob = await this.#blobs.get(key);
    if (blob === undefined) return;
    const header = await readHeader(blob.stream);
    const left: DocumentHeader = { ...header, emailHash: null, isExpired: true };
    await this.#blobs.put(key, headerBytes(left), { contentType: 'application/octet-stream' });
  }

  async #judge<T>(
    serviceId: string,
    id: string,
    header: DocumentHeader,
    value: (header: DocumentHeader) => T,
  ): Promise<DocumentState<T>> {
    if (header.isExpired || this.#clock.now().getTime() >= lastDay(header).getTime() + DAY_MS)
      return { state: 'gone' };
    if (await this.#isBlocked(serviceId, id)) return { state: 'missing' };
    return { state: 'available', document: value(header) };
  }

  async #isBlocked(serviceId: string, id: string): Promise<boolean> {
    const block = await this.#blobs.get(blockKey(serviceId, id));
    block?.stream.destroy();
    return block !== undefined;
  }
}

const EXPIRIES = 'notify/document-expiry/';
const ATTEMPTS = 'notify/document-attempts/';

function documentKey(serviceId: string, id: string): string {
  return `notify/documents/${serviceId}/${id}`;
}

function blockKey(serviceId: string, id: string): string {
  return `notify/document-blocks/${serviceId}/${id}`;
}
