import { createHash, randomBytes } from 'node:crypto';
import type { Person } from './people.ts';

/** What a browser was sent to the provider with. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string | undefined;
  readonly codeChallenge: string | undefined;
}

export interface Grant {
  readonly request: AuthorizationRequest;
  readonly person: Person;
}

const CODE_MS = 10 * 60_000;

/** Codes and tokens of one simulated provider. A code works once, for the client and the verifier it was made for. */
export class AuthorizationCodes {
  readonly #codes = new Map<string, Grant & { until: number }>();
  readonly #tokens = new Map<string, Grant>();

  issue(grant: Grant): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(code, { ...grant, until: Date.now() + CODE_MS });
    return code;
  }

  /** The problem in the words of OAuth 2 where the exchange is refused. */
  exchange(form: URLSearchParams): { grant: Grant; accessToken: string } | { error: string } {
    const code = form.get('code') ?? '';
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    if (!grant || grant.until < Date.now()) return { error: 'invalid_grant' };
    if (form.get('client_id') !== grant.request.clientId) return { error: 'invalid_client' };
    if (form.get('redirect_uri') !== grant.request.redirectUri) return { error: 'invalid_grant' };
    const { codeChallenge } = grant.request;
    const verifier = form.get('code_verifier') ?? '';
    if (
      codeChallenge !== undefined &&
      createHash('sha256').update(verifier).digest('base64url') !== codeChallenge
    ) {
      return { error: 'invalid_grant' };
    }
    const accessToken = randomBytes(24).toString('base64url');
    this.#tokens.set(accessToken, grant);
    return { grant, accessToken };
  }

  personOf(authorization: string | undefined): Person | undefined {
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization ?? '') ?? [];
    return this.#tokens.get(token)?.person;
  }

  get signedIn(): number {
    return this.#tokens.size;
  }

  clear(): void {
    this.#codes.clear();
    this.#tokens.clear();
  }
}

/** The request in the address the browser was sent to; undefined when it lacks what every provider asks for. */
export function readAuthorizationRequest(query: URLSearchParams): AuthorizationRequest | undefined {
  const [clientId, redirectUri] = [query.get('client_id'), query.get('redirect_uri')];
  const isUsable = query.get('response_type') === 'code' && redirectUri !== null && URL.canParse(redirectUri);
  if (clientId === null || redirectUri === null || !isUsable) return undefined;
  return {
    clientId,
    redirectUri,
    state: query.get('state') ?? '',
    nonce: query.get('nonce') ?? undefined,
    codeChallenge: query.get('code_challenge') ?? undefined,
  };
}
