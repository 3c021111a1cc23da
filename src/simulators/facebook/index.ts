import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { AuthorizationCodes } from '../sign-in/authorization-codes.ts';
import { consentPage, decide } from '../sign-in/consent-page.ts';

/** OAuth 2 as Facebook speaks it: dialog, code exchange, and the graph that tells who it was. */
export const facebookSimulator: Simulator = {
  name: 'facebook',
  title: 'Facebook sign-in',
  standsFor: 'Facebook as a sign-in provider, dialog and graph',
  setting: 'FACEBOOK_CLIENT_ID',
  start: async () => startFacebook(),
};

function startFacebook(): RunningSimulator {
  const codes = new AuthorizationCodes();
  return {
    handle(request) {
      const path = withoutVersion(request.path);
      if (request.method === 'POST' && path === '/dialog/oauth') return decide(codes, request);
      if (request.method === 'POST' && path === '/oauth/access_token') return token(codes, request);
      if (request.method === 'GET' && path === '/me') return me(codes, request);
      return json(404, { error: { message: 'Unknown path components', type: 'OAuthException', code: 2500 } });
    },
    page: (request) =>
      withoutVersion(request.path) === '/dialog/oauth' ? consentPage('Facebook', request) : undefined,
    clearData: () => codes.clear(),
    state: () => `${codes.signedIn} sign-ins`,
  };
}

function withoutVersion(path: string): string {
  return path.replace(/^\/v\d+\.\d+(?=\/)/, '');
}

function token(codes: AuthorizationCodes, request: SimulatorRequest): Reply {
  const result = codes.exchange(new URLSearchParams(request.body));
  if ('error' in result) {
    return json(400, { error: result.error, error_description: 'This authorization code cannot be used.' });
  }
  return json(200, { access_token: result.accessToken, token_type: 'bearer', expires_in: 5_000_000 });
}

/** Only the fields asked for, and an address only where there is one. */
function me(codes: AuthorizationCodes, request: SimulatorRequest): Reply {
  const person = codes.personOf(request.headers.authorization);
  if (!person) return json(401, { error: { message: 'Invalid OAuth access token.', code: 190 } });
  const facts: Record<string, unknown> = {
    id: person.subject,
    name: person.name,
    email: person.email,
    ...(person.isEmailVerified ? {} : { email_verified: false }),
  };
  const fields = new Set(['id', 'email_verified', ...(request.query.get('fields') ?? 'id,name').split(',')]);
  return json(
    200,
    Object.fromEntries(
      Object.entries(facts).filter(([name, value]) => fields.has(name) && value !== undefined),
    ),
  );
}
