import { timingSafeEqual } from 'node:crypto';
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import type { Clock, Logger } from '#platform/telemetry';
import { readId, readKey, shortId } from './document-id.ts';
import {
  confirmPage,
  downloadPage,
  gonePage,
  landingPage,
  limitedPage,
  missingPage,
  type SendingService,
} from './document-pages.ts';
import type { DocumentContent, DocumentStore } from './document-store.ts';
import { ACCESS_SECONDS, isAccessSigned, signAccess } from './email-hash.ts';
import { readWeeks } from './file-object.ts';
import { isAlwaysSaved } from './file-types.ts';

export interface DocumentRoutesOptions {
  readonly store: DocumentStore;
  readonly clock: Clock;
  /** Undefined for a service that does not exist. */
  findService(serviceId: string): Promise<SendingService | undefined>;
  /** Signs the cookies of people who gave their address; 32 bytes. */
  readonly accessSecret: Buffer;
  /** Bearer token of those who may upload through the JSON interface; it is off without one. */
  readonly uploadToken: string | undefined;
  readonly log?: Logger;
}

const COOKIE = 'document_access_signed_data';
const MAX_UPLOAD_BYTES = 3 * 1024 * 1024;

interface Wanted {
  readonly service: SendingService;
  readonly serviceId: string;
  readonly id: string;
  readonly key: Buffer;
  readonly document: DocumentContent;
}

type Params = { service: string; document: string };

/** Pages and JSON interface of files sent by email (public API 6.8.5). Mounted at a root of its own or any prefix. */
export function documentRoutes(options: DocumentRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    acceptForms(app);
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      if (error.statusCode === undefined || error.statusCode >= 500) throw error;
      return reply.code(error.statusCode).send({ error: error.message });
    });
    app.addHook('onSend', async (_, reply) => {
      reply.headers(SECURITY_HEADERS);
    });
    const { log } = options;
    if (log) {
      app.addHook('onResponse', async (request, reply) => {
        const event = eventOf(request, reply.statusCode);
        if (event) log.info(factsOf(request, reply), event);
      });
    }
    const pages = new DocumentPages(options);
    app.get<{ Params: Params }>('/d/:service/:document', (request, reply) => pages.land(request, reply));
    app.get<{ Params: Params }>('/d/:service/:document/confirm-email-address', (request, reply) =>
      pages.ask(request, reply),
    );
    app.post<{ Params: Params }>('/d/:service/:document/confirm-email-address', (request, reply) =>
      pages.confirm(request, reply),
    );
    app.get<{ Params: Params }>('/d/:service/:document/download', (request, reply) =>
      pages.download(request, reply),
    );
    app.get<{ Params: Params }>('/services/:service/documents/:document', (request, reply) =>
      pages.file(request, reply),
    );
    app.get<{ Params: Params }>('/services/:service/documents/:document/check', (request, reply) =>
      pages.check(request, reply),
    );
    app.post<{ Params: Params }>('/services/:service/documents/:document/authenticate', (request, reply) =>
      pages.authenticate(request, reply),
    );
    if (options.uploadToken !== undefined) registerUpload(app, options, options.uploadToken);
  };
}

/** What a request came to, for the log (public section 8.1); the other pages lead there. */
function eventOf(request: FastifyRequest, status: number): string | undefined {
  if (status >= 400 && status < 500) return 'document refused';
  const { url = '' } = request.routeOptions;
  if (url.endsWith('/authenticate')) return 'document confirmed';
  if (request.method === 'POST' && url.endsWith('/confirm-email-address')) return 'document confirmed';
  return url.endsWith('/services/:service/documents/:document') ? 'document downloaded' : undefined;
}

/** Ids, type and size: names and keys are the recipient's. */
function factsOf(request: FastifyRequest, reply: FastifyReply) {
  const { service = '', document = '' } = request.params as Partial<Params>;
  return {
    documentId: readId(document.replace(/\.[a-z0-9]{1,5}$/i, '')),
    serviceId: readId(service),
    status: reply.statusCode,
    mimeType: String(reply.getHeader('content-type') ?? '').split(';', 1)[0],
    bytes: Number(reply.getHeader('content-length') ?? 0),
  };
}

const SECURITY_HEADERS = {
  'x-robots-tag': 'noindex, nofollow',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
};

class DocumentPages {
  readonly #options: DocumentRoutesOptions;

  constructor(options: DocumentRoutesOptions) {
    this.#options = options;
  }

  async land(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const wanted = await this.#find(request, reply);
    if (!wanted) return reply;
    const step = this.#isOpen(wanted, request) ? 'download' : 'confirm-email-address';
    return sendPage(reply, 200, landingPage(wanted.service, pathOf(wanted, step)));
  }

  async ask(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const wanted = await this.#find(request, reply);
    if (!wanted) return reply;
    if (this.#isOpen(wanted, request)) return reply.redirect(pathOf(wanted, 'download'), 302);
    return sendPage(
      reply,
      200,
      confirmPage(wanted.service, { action: pathOf(wanted, 'confirm-email-address') }),
    );
  }

  async confirm(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const wanted = await this.#find(request, reply);
    if (!wanted) return reply;
    const action = pathOf(wanted, 'confirm-email-address');
    const address = String((request.body as Record<string, unknown> | null)?.email_address ?? '').trim();
    if (address === '')
      return sendPage(reply, 400, confirmPage(wanted.service, { action, problem: 'empty' }));
    const outcome = await this.#options.store.confirm(wanted.serviceId, wanted.id, address);
    if (outcome === 'limited') return sendPage(reply.header('retry-after', '300'), 429, limitedPage());
    if (outcome !== 'right') {
      return sendPage(reply, 400, confirmPage(wanted.service, { action, problem: 'wrong' }));
    }
    return reply
      .header('set-cookie', this.#cookie(wanted, request))
      .redirect(pathOf(wanted, 'download'), 303);
  }

  async download(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const wanted = await this.#find(request, reply);
    if (!wanted) return reply;
    if (!this.#isOpen(wanted, request)) return reply.redirect(pathOf(wanted, 'confirm-email-address'), 302);
    return sendPage(reply, 200, downloadPage(wanted.service, wanted.document, filePath(wanted)));
  }

  async file(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const found = await this.#findForProgram(request, reply);
    if (!found) return reply;
    if (!this.#isOpen(found, request)) return reply.code(403).send({ error: 'Authentication failure' });
    const { content, extension, filename, mimeType } = found.document;
    const disposition = isAlwaysSaved(extension) ? 'attachment' : 'inline';
    return reply
      .type(mimeType.startsWith('text/') ? `${mimeType}; charset=utf-8` : mimeType)
      .header('content-disposition', `${disposition}; ${filenameParameters(filename)}`)
      .send(content);
  }

  async check(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const found = await this.#findForProgram(request, reply);
    if (!found) return reply;
    const { document } = found;
    return reply.send({
      document: {
        direct_file_url: filePath(found),
        confirm_email: document.confirmsEmail,
        size_in_bytes: document.bytes,
        file_extension: document.extension,
        filename: document.filename,
        available_until: document.availableUntil.toISOString().slice(0, 10),
      },
    });
  }

  async authenticate(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply) {
    const { key, email_address: address } = { ...(request.body as Record<string, unknown> | null) };
    const found = await this.#findForProgram(request, reply, key);
    if (!found) return reply;
    if (typeof address !== 'string' || address === '') {
      return reply.code(400).send({ error: 'No email address' });
    }
    const outcome = await this.#options.store.confirm(found.serviceId, found.id, address);
    if (outcome === 'limited') {
      return reply.code(429).header('retry-after', '300').send({ error: 'Too many requests' });
    }
    if (outcome !== 'right') return reply.code(403).send({ error: 'Authentication failure' });
    const signed = signAccess(found.id, this.#options.accessSecret, this.#options.clock.now());
    return reply.send({ signed_data: signed, direct_file_url: filePath(found) });
  }

  /** The document a page is about; otherwise the page that says why not has been sent. */
  async #find(request: FastifyRequest<{ Params: Params }>, reply: FastifyReply): Promise<Wanted | undefined> {
    const found = await this.#look(request, keyOf(request));
    if (found === 'missing') await sendPage(reply, 404, missingPage());
    else if ('goneFrom' in found) await sendPage(reply, 410, gonePage(found.goneFrom));
    else return found;
    return undefined;
  }

  async #findForProgram(
    request: FastifyRequest<{ Params: Params }>,
    reply: FastifyReply,
    key: unknown = keyOf(request),
  ): Promise<Wanted | undefined> {
    if (key === undefined) {
      await reply.code(400).send({ error: 'Missing decryption key' });
      return undefined;
    }
    const found = await this.#look(request, key);
    if (found === 'missing') await reply.code(404).send({ error: 'Not found' });
    else if ('goneFrom' in found)
      await reply.code(410).send({ error: 'The document is no longer available' });
    else return found;
    return undefined;
  }

  async #look(
    request: FastifyRequest<{ Params: Params }>,
    keyText: unknown,
  ): Promise<Wanted | { goneFrom: SendingService } | 'missing'> {
    const serviceId = readId(request.params.service);
    const id = readId(request.params.document.replace(/\.[a-z0-9]{1,5}$/i, ''));
    const key = readKey(keyText);
    if (serviceId === undefined || id === undefined || key === undefined) return 'missing';
    const service = await this.#options.findService(serviceId);
    if (service === undefined) return 'missing';
    const found = await this.#options.store.describe(serviceId, id, key);
    if (found.state === 'gone') return { goneFrom: service };
    if (found.state !== 'available') return 'missing';
    return { service, serviceId, id, key, document: found.document };
  }

  #isOpen(wanted: Wanted, request: FastifyRequest): boolean {
    if (!wanted.document.confirmsEmail) return true;
    const { accessSecret, clock } = this.#options;
    return cookiesOf(request, `${COOKIE}_${shortId(wanted.id)}`, COOKIE).some((value) =>
      isAccessSigned(value, wanted.id, accessSecret, clock.now()),
    );
  }

  #cookie(wanted: Wanted, request: FastifyRequest): string {
    const value = signAccess(wanted.id, this.#options.accessSecret, this.#options.clock.now());
    const secure = request.protocol === 'https' ? '; Secure' : '';
    return `${COOKIE}_${shortId(wanted.id)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${ACCESS_SECONDS}${secure}`;
  }
}

/** Uploads by other systems; Notify itself calls the store. */
function registerUpload(app: FastifyInstance, options: DocumentRoutesOptions, token: string): void {
  const expected = Buffer.from(`Bearer ${token}`);
  app.post<{ Params: { service: string } }>(
    '/services/:service/documents',
    { bodyLimit: MAX_UPLOAD_BYTES },
    async (request, reply) => {
      const sent = Buffer.from(request.headers.authorization ?? '');
      if (sent.length === 0)
        return reply.code(401).send({ error: 'Unauthorized; bearer token must be provided' });
      if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) {
        return reply.code(403).send({ error: 'Forbidden; invalid bearer token provided' });
      }
      const serviceId = readId(request.params.service);
      if (serviceId === undefined) return reply.code(404).send({ error: 'Not found' });
      const body = { ...(request.body as Record<string, unknown> | null) };
      const weeks = readWeeks(body.retention_period);
      if (typeof body.document !== 'string') return reply.code(400).send({ error: 'No document upload' });
      if (weeks === undefined) return reply.code(400).send({ error: 'Invalid value for retention_period' });
      const recipient = typeof body.confirmation_email === 'string' ? body.confirmation_email : '';
      const stored = await options.store.store(
        {
          base64: body.document,
          filename: typeof body.filename === 'string' ? body.filename : undefined,
          isCsv: body.is_csv === true,
          confirmsEmail: recipient !== '',
          retentionWeeks: weeks,
        },
        { serviceId, recipient },
      );
      if ('problem' in stored)
        return reply.code(stored.problem.status).send({ error: stored.problem.message });
      const { id, url, directFileUrl, mimeType } = stored;
      const document = { id, direct_file_url: directFileUrl, url, mimetype: mimeType };
      return reply.code(201).send({ status: 'ok', document });
    },
  );
}

function acceptForms(app: FastifyInstance): void {
  const form = 'application/x-www-form-urlencoded';
  if (app.hasContentTypeParser(form)) return;
  app.addContentTypeParser(
    form,
    { parseAs: 'string', bodyLimit: 16_384 },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
}

function keyOf(request: FastifyRequest): string | undefined {
  const { key } = request.query as Record<string, unknown>;
  return typeof key === 'string' ? key : undefined;
}

function pathOf(wanted: Wanted, step: string): string {
  return `/d/${shortId(wanted.serviceId)}/${shortId(wanted.id)}/${step}?key=${wanted.key.toString('base64url')}`;
}

function filePath(wanted: Wanted): string {
  const { serviceId, id, key, document } = wanted;
  return `/services/${serviceId}/documents/${id}.${document.extension}?key=${key.toString('base64url')}`;
}

function cookiesOf(request: FastifyRequest, ...names: string[]): string[] {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.filter(([name = '']) => names.includes(name)).map(([, value = '']) => value);
}

/** The name for old browsers in ASCII and the real one in the form of RFC 6266. */
function filenameParameters(filename: string): string {
  const ascii = filename.replace(/[^ -~]|["\\]/g, '_');
  const encoded = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

async function sendPage(reply: FastifyReply, status: number, html: string): Promise<FastifyReply> {
  return reply.code(status).type('text/html; charset=utf-8').send(html);
}
