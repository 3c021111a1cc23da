import { randomBytes, randomUUID } from 'node:crypto';
import { json, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';

const TOKEN_SECONDS = 3_600;

/**
 * The printer's sign-in: a password gives a token for an hour, and password and API key can be changed. Whatever is
 * sent is right until it was changed once, so that nothing has to be set up.
 */
export class PrinterAccess {
  #password: string | undefined;
  #apiKey: string | undefined;
  readonly #tokens = new Map<string, number>();

  /** The answer to a request about access; undefined when it is about something else. */
  handle(request: SimulatorRequest): Reply | undefined {
    if (request.method !== 'POST') return undefined;
    switch (request.path) {
      case '/thirdparty-access/v1/authenticate':
        return this.#signIn(request);
      case '/thirdparty-access/v1/new-api-key':
        return this.refuse(request) ?? this.#newApiKey();
      case '/thirdparty-access/v1/password':
        return this.#newPassword(request);
      default:
        return undefined;
    }
  }

  /** The answer to a request that must carry a token and the API key and does not. */
  refuse(request: SimulatorRequest): Reply | undefined {
    const expiry = this.#tokens.get(String(request.headers.authorization ?? ''));
    if (expiry === undefined || expiry < Date.now()) return json(401, { message: 'Unauthorized' });
    const key = request.headers['x-api-key'];
    const isRight =
      typeof key === 'string' && key !== '' && (this.#apiKey === undefined || key === this.#apiKey);
    return isRight ? undefined : json(403, { message: 'Forbidden' });
  }

  clear(): void {
    this.#password = undefined;
    this.#apiKey = undefined;
    this.#tokens.clear();
  }

  #signIn(request: SimulatorRequest): Reply {
    const { userName, password } = { ...(jsonBody(request) as Record<string, unknown> | undefined) };
    if (typeof userName !== 'string' || typeof password !== 'string') {
      return json(400, { message: 'userName and password are required' });
    }
    if (this.#password !== undefined && password !== this.#password) {
      return json(401, { message: 'Invalid credentials' });
    }
    return json(200, { 'id-token': this.#newToken(userName) });
  }

  #newToken(userName: string): string {
    const expiry = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ sub: userName, exp: expiry, jti: randomUUID() });
    const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${claims}.${randomBytes(32).toString('base64url')}`;
    this.#tokens.set(token, expiry * 1_000);
    return token;
  }

  #newApiKey(): Reply {
    this.#apiKey = randomBytes(20).toString('base64url');
    return json(200, { newApiKey: this.#apiKey });
  }

  #newPassword(request: SimulatorRequest): Reply {
    const { password, newPassword } = { ...(jsonBody(request) as Record<string, unknown> | undefined) };
    if (typeof newPassword !== 'string' || newPassword.length < 8) {
      return json(400, { message: 'newPassword must have at least 8 characters' });
    }
    if (this.#password !== undefined && password !== this.#password) {
      return json(401, { message: 'Invalid credentials' });
    }
    this.#password = newPassword;
    return json(200, { message: 'Password successfully changed.' });
  }
}
