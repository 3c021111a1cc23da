// Sign-in at Google and Facebook: authorisation code flow with PKCE, done by oauth4webapi. Google speaks OpenID
// Connect; Facebook speaks OAuth 2 and tells who it was at its graph.
import * as oauth from 'oauth4webapi';
import type { PlatformConfig, SettingValues } from '#platform/config';
import type { listsSettings } from '../settings.ts';

export const PROVIDERS = ['google', 'facebook'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What a provider says of whoever signed in. */
export interface ProviderProfile {
  provider: ProviderName;
  subject: string;
  email: string | undefined;
  /** Only an address the provider vouches for proves anything. */
  isEmailVerified: boolean;
  name: string | undefined;
}

export interface Federation {
  available: ProviderName[];
  /** Where to send the browser. */
  begin(
    provider: ProviderName,
    request: { redirectUri: string; state: string; nonce: string; codeVerifier: string },
  ): Promise<URL>;
  /** Reads the callback; throws when anything about it does not match. */
  finish(
    provider: ProviderName,
    answer: { callback: URL; redirectUri: string; state: string; nonce: string; codeVerifier: string },
  ): Promise<ProviderProfile>;
}

interface Provider {
  clientId: string;
  clientSecret: string;
  scope: string;
  usesNonce: boolean;
  server(): Promise<oauth.AuthorizationServer>;
  readProfile(
    server: oauth.AuthorizationServer,
    client: oauth.Client,
    tokens: oauth.TokenEndpointResponse,
  ): Promise<Omit<ProviderProfile, 'provider'>>;
}

const CALL_TIMEOUT_MS = 5_000;
const DISCOVERY_KEEP_MS = 3_600_000;
const SIMULATED_CLIENT = { clientId: 'signalbox-lists', clientSecret: 'simulated-secret' };

export function createFederation(
  config: SettingValues<typeof listsSettings>,
  platform: Pick<PlatformConfig, 'host' | 'portBase' | 'simulators'>,
): Federation {
  const simulators = `http://${platform.host}:${platform.portBase + 20}`;
  const isSimulated = platform.simulators && config.environment !== 'prod';
  const providers = new Map<ProviderName, Provider>();
  const google = clientOf(config.googleClientId, config.googleClientSecret, isSimulated);
  if (google) {
    const issuer =
      config.googleIssuer ?? (config.googleClientId ? 'https://accounts.google.com' : `${simulators}/google`);
    providers.set('google', googleProvider(google, issuer));
  }
  const facebook = clientOf(config.facebookClientId, config.facebookClientSecret, isSimulated);
  if (facebook) {
    const base = config.facebookUrl ?? (config.facebookClientId ? undefined : `${simulators}/facebook`);
    providers.set('facebook', facebookProvider(facebook, base));
  }
  const find = (name: ProviderName): Provider => {
    const provider = providers.get(name);
    if (!provider) throw new Error(`The provider ${name} is not set up`);
    return provider;
  };

  return {
    available: [...providers.keys()],
    async begin(name, { redirectUri, state, nonce, codeVerifier }) {
      const provider = find(name);
      const server = await provider.server();
      const url = new URL(server.authorization_endpoint ?? '');
      const parameters = {
        client_id: provider.clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: provider.scope,
        state,
        code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        ...(provider.usesNonce ? { nonce } : {}),
      };
      for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
      return url;
    },
    async finish(name, { callback, redirectUri, state, nonce, codeVerifier }) {
      const provider = find(name);
      const server = await provider.server();
      const client: oauth.Client = { client_id: provider.clientId };
      const parameters = oauth.validateAuthResponse(server, client, callback, state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.ClientSecretPost(provider.clientSecret),
        parameters,
        redirectUri,
        codeVerifier,
        callOptions(server),
      );
      const tokens = await oauth.processAuthorizationCodeResponse(
        server,
        client,
        response,
        provider.usesNonce ? { expectedNonce: nonce, requireIdToken: true } : {},
      );
      return { provider: name, ...(await provider.readProfile(server, client, tokens)) };
    },
  };
}

function clientOf(id: string | undefined, secret: string | undefined, isSimulated: boolean) {
  if (id !== undefined && secret !== undefined) return { clientId: id, clientSecret: secret };
  return id === undefined && isSimulated ? SIMULATED_CLIENT : undefined;
}

function googleProvider(client: { clientId: string; clientSecret: string }, issuer: string): Provider {
  const url = new URL(issuer);
  let known: { server: Promise<oauth.AuthorizationServer>; until: number } | undefined;
  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const response = await oauth.discoveryRequest(url, { ...callOptions({ issuer }), algorithm: 'oidc' });
    return oauth.processDiscoveryResponse(url, response);
  };
  return {
    ...client,
    scope: 'openid profile email',
    usesNonce: true,
    server() {
      if (!known || known.until < Date.now()) {
        const server = discover();
        known = { server, until: Date.now() + DISCOVERY_KEEP_MS };
        server.catch(() => {
          known = undefined;
        });
      }
      return known.server;
    },
    async readProfile(server, oauthClient, tokens) {
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (!claims) throw new Error('The provider gave no identity token');
      const response = await oauth.userInfoRequest(
        server,
        oauthClient,
        tokens.access_token,
        callOptions(server),
      );
      const info = await oauth.processUserInfoResponse(server, oauthClient, claims.sub, response);
      return {
        subject: claims.sub,
        email: info.email,
        isEmailVerified: info.email_verified === true,
        name: info.name,
      };
    },
  };
}

/** `base` stands in for both of Facebook's hosts. */
function facebookProvider(
  client: { clientId: string; clientSecret: string },
  base: string | undefined,
): Provider {
  const dialog = base ?? 'https://www.facebook.com';
  const graph = base ?? 'https://graph.facebook.com';
  const server: oauth.AuthorizationServer = {
    issuer: dialog,
    authorization_endpoint: `${dialog}/v21.0/dialog/oauth`,
    token_endpoint: `${graph}/v21.0/oauth/access_token`,
  };
  return {
    ...client,
    scope: 'public_profile,email',
    usesNonce: false,
    server: async () => server,
    async readProfile(_server, _client, tokens) {
      const url = new URL(`${graph}/v21.0/me`);
      url.searchParams.set('fields', 'id,name,email');
      const response = await oauth.protectedResourceRequest(
        tokens.access_token,
        'GET',
        url,
        undefined,
        undefined,
        callOptions(server),
      );
      const profile: unknown = await response.json();
      return readFacebookProfile(profile);
    },
  };
}

/** Facebook gives out only addresses it has confirmed, and none at all for accounts made with a phone number. */
function readFacebookProfile(profile: unknown): Omit<ProviderProfile, 'provider'> {
  const { id, name, email, email_verified } = (profile ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string') throw new Error('Facebook gave no id');
  return {
    subject: id,
    email: typeof email === 'string' ? email : undefined,
    isEmailVerified: typeof email === 'string' && email_verified !== false,
    name: typeof name === 'string' ? name : undefined,
  };
}

function callOptions(server: { issuer: string }) {
  return {
    signal: () => AbortSignal.timeout(CALL_TIMEOUT_MS),
    // The simulators of a machine speak plain HTTP on it; every real provider speaks https.
    [oauth.allowInsecureRequests]: server.issuer.startsWith('http:'),
  };
}
