// Auth, NOMIS and visit scheduler at the wire, as far as tests of the module need them: visits are a function of their
// number, faults are given per request, and the scheduler counts what it created for each NOMIS visit.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { NomisVisit } from '../domains/visits/nomis-visit.ts';

export type Fault =
  | 'status-500'
  | 'status-422'
  | 'commit-then-reset'
  | 'reset'
  | 'commit-then-hang'
  | 'commit-without-reference'
  | undefined;

export interface CreatedVisit {
  reference: string;
  body: Record<string, unknown>;
  idempotencyKey: string | undefined;
  cancelled: Record<string, unknown> | undefined;
}

export interface FakeHmpps {
  url: string;
  /** Settings that point the module here. */
  environment: Record<string, string>;
  /** Visits 1 to this number exist. */
  visitCount: number;
  changeVisit: (visit: NomisVisit) => NomisVisit | undefined;
  /** Asked before each create at the scheduler. */
  faultOf: (body: Record<string, unknown>, attempt: number) => Fault;
  created: CreatedVisit[];
  requests: string[];
  /** The same with their queries. */
  urls: string[];
  /** The other mapping service finds nothing that is asked for by its NOMIS id. */
  areMappingsHidden: boolean;
  /** Fails every call of these prefixes with 503. */
  outages: Set<string>;
  /** Writes to these paths are refused with 503. */
  refusedWrites: Set<string>;
  canSearch: boolean;
  /** So many of the next calls to NOMIS and the scheduler are answered with 401. */
  refusedTokens: number;
  token(...roles: string[]): Promise<string>;
  /** Back to how it began. */
  reset(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFakeHmpps(): Promise<FakeHmpps> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'RS256' };
  const attempts = new Map<string, number>();
  const mappings = createFakeMappings();
  const token = (...roles: string[]) =>
    new SignJWT({ authorities: roles, client_id: 'tester', user_name: 'TESTER' })
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      // Far off, because tests set the clock.
      .setExpirationTime(new Date('2040-01-01'))
      .sign(privateKey);

  const server = createServer((request, response) => {
    void readBody(request).then((text) => answer(request, response, text));
  });
  /** As it is before anybody asks it. */
  const fresh = () => ({
    visitCount: 20,
    changeVisit: (visit: NomisVisit): NomisVisit | undefined => visit,
    faultOf: (): Fault => undefined,
    created: [] as CreatedVisit[],
    requests: [] as string[],
    urls: [] as string[],
    areMappingsHidden: false,
    outages: new Set<string>(),
    refusedWrites: new Set<string>(),
    canSearch: true,
    refusedTokens: 0,
  });
  const fake: Omit<FakeHmpps, 'url' | 'environment' | typeof Symbol.asyncDispose> = {
    ...fresh(),
    token,
    reset() {
      attempts.clear();
      mappings.clear();
      Object.assign(fake, fresh());
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse, text: string): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = url.pathname;
    fake.requests.push(`${request.method} ${path}`);
    fake.urls.push(`${request.method} ${request.url}`);
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    for (const prefix of fake.outages) if (path.startsWith(prefix)) return json(503, { message: 'away' });
    if (request.method !== 'GET' && fake.refusedWrites.has(path)) return json(503, { message: 'away' });
    if (fake.refusedTokens > 0 && /^\/(nomis|vsip)\/(?!health)/.test(path)) {
      fake.refusedTokens -= 1;
      return json(401, {});
    }
    if (path === '/auth/oauth/token')
      return json(200, { access_token: await token('ROLE_ANY'), expires_in: 3600 });
    if (path === '/auth/.well-known/jwks.json') return json(200, { keys: [jwk] });
    if (path.endsWith('/health/ping')) return json(200, { status: 'UP' });
    if (path === '/nomis/visits/ids') return json(200, idsPage(url.searchParams));
    if (path === '/nomis/visits/rooms/usage-count') return json(200, ROOM_USAGE);
    if (path.startsWith('/nomis/visits/')) {
      const id = Number(path.split('/').at(-1));
      const visit = id <= fake.visitCount ? fake.changeVisit(nomisVisit(id)) : undefined;
      return visit ? json(200, visit) : json(404, { status: 404 });
    }
    if (fake.areMappingsHidden && path.startsWith('/mapping/mapping/visits/nomisId/')) return json(404, {});
    if (path.startsWith('/mapping/')) {
      const [status, body] = mappings.answer(request.method ?? '', path.slice('/mapping'.length), text);
      return json(status, body);
    }
    if (path === '/vsip/migrate-visits') return create(request, response, JSON.parse(text));
    if (path === '/vsip/visits/search') return search(url.searchParams, json);
    const one = /^\/vsip\/visits\/([^/]+)$/.exec(path);
    if (one && one[1] !== 'search') {
      const visit = fake.created.find((made) => made.reference === one[1]);
      return visit ? json(200, listed(visit)) : json(404, {});
    }
    const cancel = /^\/vsip\/migrate-visits\/([^/]+)\/cancel$/.exec(path);
    if (cancel) {
      const visit = fake.created.find((one) => one.reference === cancel[1]);
      if (visit) visit.cancelled ??= JSON.parse(text);
      return visit ? json(200, {}) : json(404, {});
    }
    return json(404, { path });
  }

  function idsPage(query: URLSearchParams) {
    const [page, size] = [Number(query.get('page')), Number(query.get('size'))];
    const ids = Array.from({ length: fake.visitCount }, (_, index) => index + 1);
    const content = ids.slice(page * size, (page + 1) * size).map((visitId) => ({ visitId }));
    return { content, totalElements: fake.visitCount };
  }

  function create(request: IncomingMessage, response: ServerResponse, body: Record<string, unknown>): void {
    const visitKey = `${body.prisonerId} ${body.createDateTime}`;
    const attempt = (attempts.get(visitKey) ?? 0) + 1;
    attempts.set(visitKey, attempt);
    const fault = fake.faultOf(body, attempt);
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'status-500' || fault === 'status-422') {
      response.writeHead(fault === 'status-500' ? 500 : 422, { 'content-type': 'application/json' });
      return void response.end('{"userMessage":"Migration failure: Could not migrate visit"}');
    }
    const reference = `v${String(fake.created.length + 1).padStart(4, '0')}`;
    const idempotencyKey = request.headers['idempotency-key'];
    fake.created.push({
      reference,
      body,
      idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
      cancelled: undefined,
    });
    if (fault === 'commit-then-reset') return void request.socket.destroy();
    if (fault === 'commit-then-hang') return;
    if (fault === 'commit-without-reference') return void response.writeHead(201).end();
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(reference);
  }

  function search(query: URLSearchParams, json: (status: number, body: unknown) => void): void {
    if (!fake.canSearch) return void json(403, {});
    const prisonerId = query.get('prisonerId');
    const found = fake.created.filter((visit) => !prisonerId || visit.body.prisonerId === prisonerId);
    const content = found.map((visit) => listed(visit));
    json(200, { content, last: true, totalElements: content.length });
  }

  /** As the search shows a visit. */
  function listed({ reference, body, cancelled }: CreatedVisit) {
    const outcome = (cancelled?.cancelOutcome as { outcomeStatus?: string } | undefined)?.outcomeStatus;
    return {
      reference,
      ...body,
      ...(cancelled ? { visitStatus: 'CANCELLED', outcomeStatus: outcome } : {}),
      createdTimestamp: body.createDateTime,
    };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, {
    url,
    environment: {
      SIGNALBOX_MODULES: 'migration',
      API_BASE_URL_HMPPS_AUTH: `${url}/auth`,
      API_BASE_URL_NOMIS: `${url}/nomis`,
      API_BASE_URL_VISITS: `${url}/vsip`,
      COMPLETE_CHECK_DELAY_SECONDS: '0',
      COMPLETE_CHECK_SCHEDULED_RETRY_SECONDS: '0',
      VISITS_PAGE_SIZE: '7',
      MIGRATION_BATCH_SIZE: '10',
      MIGRATION_CONCLUSIVE_SECONDS: '0',
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Visits of another mapping service, as far as a run calls it. */
function createFakeMappings() {
  const rows = new Map<number, Record<string, unknown>>();
  return {
    clear: () => rows.clear(),
    answer(method: string, path: string, text: string): [status: number, body: unknown] {
      if (method === 'POST' && path === '/mapping/visits') {
        const row = JSON.parse(text) as { nomisId: number; vsipId: string };
        const existing = rows.get(row.nomisId);
        if (existing && existing.vsipId !== row.vsipId) {
          return [409, { errorCode: 1409, moreInfo: { duplicate: row, existing } }];
        }
        rows.set(row.nomisId, existing ?? row);
        return [201, undefined];
      }
      if (path.startsWith('/mapping/visits/migration-id/')) {
        const label = decodeURIComponent(path.split('/').at(-1) ?? '');
        const count = [...rows.values()].filter((row) => row.label === label).length;
        return [200, { content: [], totalElements: count }];
      }
      const row = rows.get(Number(path.split('/').at(-1)));
      return row ? [200, row] : [404, {}];
    },
  };
}

const ROOM_USAGE = [
  { agencyInternalLocationDescription: 'WLI-VISITS-HALL', count: 37, prisonId: 'WLI' },
  { agencyInternalLocationDescription: 'HEI-VISITS', count: 2, prisonId: 'HEI' },
  { agencyInternalLocationDescription: 'WLI-VISITS-ANNEX', count: 4, prisonId: 'WLI' },
];

/** A visit of long ago; tests change what matters to them. */
export function nomisVisit(visitId: number, overrides: Partial<NomisVisit> = {}): NomisVisit {
  return {
    visitId,
    offenderNo: `A${String(1000 + (visitId % 9000)).slice(0, 4)}ZZ`,
    prisonId: 'WLI',
    startDateTime: '2021-06-02T14:00:00',
    endDateTime: '2021-06-02T15:30:00',
    visitType: { code: 'SCON', description: 'Social' },
    visitStatus: { code: 'NORM', description: 'Normal' },
    agencyInternalLocation: { code: 'VIS', description: 'WLI-VISITS-HALL' },
    visitors: [{ personId: 8801 }, { personId: 8802, leadVisitor: true }],
    leadVisitor: { personId: 8801, fullName: 'Ada Field', telephones: ['01234 500100'] },
    whenCreated: `2021-05-01T08:${String(Math.floor(visitId / 60) % 60).padStart(2, '0')}:${String(visitId % 60).padStart(2, '0')}`,
    createUserId: 'QX_STAFF1',
    ...overrides,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
