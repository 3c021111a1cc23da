import type { OutgoingCalls } from '#platform/http';
import type { Clock } from '#platform/telemetry';
import { UpstreamError } from './upstream-error.ts';

const TIMEOUT_MS = 10_000;
/** Renewed this long before the end, so that no request carries a token that dies on its way. */
const RENEW_BEFORE_MS = 30_000;

export interface TokenSource {
  /** The token to use now; asked for once however many callers wait for it. */
  get(): Promise<string>;
  /** The upstream refused it: the next `get` asks for a new one. */
  drop(token: string): void;
}

/** OAuth2 client credentials of one registration: spec section 7.3. */
export function createTokenSource(options: {
  outgoing: OutgoingCalls;
  clock: Clock;
  authUrl: string;
  clientId: string;
  clientSecret: string;
}): TokenSource {
  const { outgoing, clock, authUrl, clientId, clientSecret } = options;
  let current: { token: string; renewAt: number } | undefined;
  let asking: Promise<string> | undefined;

  async function ask(): Promise<string> {
    const answer = await outgoing.call({
      target: 'hmpps-auth',
      method: 'POST',
      url: `${authUrl}/oauth/token`,
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: 'grant_type=client_credentials',
      timeoutMs: TIMEOUT_MS,
    });
    const body = answer.body.toString();
    if (answer.status !== 200) {
      throw new UpstreamError('hmpps-auth', answer.status, {
        method: 'POST',
        template: '/oauth/token',
        body: '',
      });
    }
    const { access_token: token, expires_in: seconds } = JSON.parse(body) as {
      access_token: string;
      expires_in?: number;
    };
    const lifeMs = (seconds ?? 60) * 1_000;
    // A token shorter than the margin is renewed at half its life.
    current = { token, renewAt: clock.now().getTime() + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2) };
    return token;
  }

  return {
    get() {
      if (current && clock.now().getTime() < current.renewAt) return Promise.resolve(current.token);
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    drop(token) {
      if (current?.token === token) current = undefined;
    },
  };
}
