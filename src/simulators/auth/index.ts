import { badRequest, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { createRouter } from '../hmpps/router.ts';
import { type AuthClients, createAuthClients, parseClients } from './clients.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** Hands out tokens for client credentials and publishes the key that verifies them. */
export function authSimulator(issuer: TokenIssuer): Simulator {
  return {
    name: 'auth',
    title: 'HMPPS Auth',
    standsFor: 'HMPPS Auth, which gives OAuth2 tokens for client credentials',
    setting: 'API_BASE_URL_HMPPS_AUTH',
    start: async () => startAuth(issuer),
  };
}

function startAuth(issuer: TokenIssuer): RunningSimulator {
  const clients = createAuthClients();
  let issued = 0;
  const handle = createRouter([
    {
      method: 'POST',
      path: '/oauth/token',
      answer: async (request) => {
        const reply = await grant(request, clients, issuer);
        if (reply.status === 200) issued += 1;
        return reply;
      },
    },
    { method: 'GET', path: '/.well-known/jwks.json', answer: async () => json(200, await issuer.jwks()) },
    { method: 'GET', path: '/health/ping', answer: () => json(200, { status: 'UP' }) },
    { method: 'GET', path: '/health', answer: () => json(200, { status: 'UP' }) },
  ]);
  return {
    handle,
    control: (request) => (request.path === '/clients' ? answerClients(request, clients) : undefined),
    clearData: () => clients.reset(),
    state: () => `${clients.list().length} clients, ${issued} token${issued === 1 ? '' : 's'} given`,
  };
}

function answerClients(request: SimulatorRequest, clients: AuthClients): Reply {
  if (request.method === 'GET') return json(200, clients.list());
  if (request.method !== 'PUT') return json(405, { message: 'Use GET or PUT for /clients.' });
  const parsed = parseClients(jsonBody(request));
  if ('problems' in parsed) return badRequest(parsed.problems);
  clients.put(parsed.clients);
  return json(200, clients.list());
}

async function grant(request: SimulatorRequest, clients: AuthClients, issuer: TokenIssuer): Promise<Reply> {
  const form = new URLSearchParams(request.body);
  const parameter = (name: string): string | null => form.get(name) ?? request.query.get(name);
  const [id, secret] = basicCredentials(request.headers.authorization) ?? [
    parameter('client_id') ?? '',
    parameter('client_secret') ?? '',
  ];
  const client = clients.authenticate(id, secret);
  if (!client) return json(401, { error: 'invalid_client', error_description: 'Bad client credentials' });
  if (parameter('grant_type') !== 'client_credentials') {
    return json(400, {
      error: 'unsupported_grant_type',
      error_description: `Unsupported grant type: ${parameter('grant_type') ?? ''}`,
    });
  }
  const baseUrl = `http://${request.headers.host ?? 'localhost'}/auth`;
  const token = await issuer.issue(client, `${baseUrl}/issuer`, parameter('username') ?? undefined);
  return json(200, {
    access_token: token.access_token,
    token_type: 'bearer',
    expires_in: token.expires_in,
    scope: 'read write',
    sub: client.client_id,
    auth_source: 'none',
    jti: token.jti,
    iss: `${baseUrl}/issuer`,
  });
}

/** Id and secret of an Authorization header, which may be percent-encoded as RFC 6749 wants it. */
function basicCredentials(header: string | undefined): [string, string] | undefined {
  const encoded = /^basic (.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? undefined : [unescapePart(pair.slice(0, colon)), unescapePart(pair.slice(colon + 1))];
}

function unescapePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
