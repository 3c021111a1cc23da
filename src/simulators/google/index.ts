import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { AuthorizationCodes, type Grant } from '../sign-in/authorization-codes.ts';
import { consentPage, decide } from '../sign-in/consent-page.ts';

/** OpenID Connect as Google speaks it: discovery, consent, code exchange with PKCE, signed identity tokens. */
export const googleSimulator: Simulator = {
  name: 'google',
  title: 'Google sign-in',
  standsFor: 'Google as an OpenID Connect provider',
  setting: 'GOOGLE_CLIENT_ID',
  start: async () => startGoogle(),
};

async function startGoogle(): Promise<RunningSimulator> {
  const codes = new AuthorizationCodes();
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'simulated', alg: 'RS256', use: 'sig' };

  const token = async (request: SimulatorRequest): Promise<Reply> => {
    const result = codes.exchange(new URLSearchParams(request.body));
    if ('error' in result) return json(400, { error: result.error });
    const { grant, accessToken } = result;
    return json(200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3_600,
      scope: 'openid profile email',
      id_token: await identityToken(grant, issuerOf(request)),
    });
  };
  const identityToken = ({ request, person }: Grant, issuer: string): Promise<string> =>
    new SignJWT({
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
      ...(person.email === undefined ? {} : { email: person.email, email_verified: person.isEmailVerified }),
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'simulated' })
      .setIssuer(issuer)
      .setAudience(request.clientId)
      .setSubject(person.subject)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);

  return {
    async handle(request) {
      switch (`${request.method} ${request.path}`) {
        case 'GET /.well-known/openid-configuration':
          return json(200, discovery(issuerOf(request)));
        case 'GET /jwks':
          return json(200, { keys: [jwk] });
        case 'POST /authorize':
          return decide(codes, request);
        case 'POST /token':
          return token(request);
        case 'GET /userinfo':
          return userInfo(codes, request);
        default:
          return json(404, { error: 'not_found' });
      }
    },
    page: (request) => (request.path === '/authorize' ? consentPage('Google', request) : undefined),
    clearData: () => codes.clear(),
    state: () => `${codes.signedIn} sign-ins`,
  };
}

/** By the address it was called at, so that any port works. */
function issuerOf(request: SimulatorRequest): string {
  return `http://${request.headers.host ?? 'localhost'}/google`;
}

function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
  };
}

function userInfo(codes: AuthorizationCodes, request: SimulatorRequest): Reply {
  const person = codes.personOf(request.headers.authorization);
  if (!person) return json(401, { error: 'invalid_token' });
  return json(200, {
    sub: person.subject,
    ...(person.name === undefined ? {} : { name: person.name }),
    ...(person.email === undefined ? {} : { email: person.email, email_verified: person.isEmailVerified }),
  });
}
