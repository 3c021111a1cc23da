import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import { type NotifyApp, newUuid, signToken } from './notify-app.ts';

export const ADMIN_SECRET = 'a-secret-of-the-admin-website';
export const ADMIN_ENVIRONMENT = {
  INTERNAL_CLIENT_API_KEYS: JSON.stringify({
    'notify-admin': [ADMIN_SECRET],
    'notify-functional-tests': ['a-secret-of-functional-tests'],
  }),
  ADMIN_BASE_URL: 'https://admin.example.test',
};

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Calls the internal API as the admin website does. */
export class AdminClient {
  readonly #app: NotifyApp;
  #people = 0;

  constructor(app: NotifyApp) {
    this.#app = app;
  }

  call(
    method: Method,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const seconds = Math.round(this.#app.test.app.clock.now().getTime() / 1_000);
    const token = signToken({ iss: 'notify-admin', iat: seconds }, ADMIN_SECRET);
    return this.#app.test.module('notify').inject({
      method,
      url,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
  }

  /** The body of an answer with this status. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
  async expect(status: number, method: Method, url: string, body?: unknown): Promise<any> {
    const response = await this.call(method, url, body);
    assert.equal(response.statusCode, status, `${method} ${url}: ${response.body}`);
    return response.body === '' ? undefined : response.json();
  }

  /** What a refusal says. */
  async refusal(status: number, method: Method, url: string, body?: unknown): Promise<unknown> {
    const { message, errors, result } = await this.expect(status, method, url, body);
    if (errors === undefined) assert.equal(result, 'error');
    return message ?? errors;
  }

  /** Somebody who has registered, and is active unless `state` is `pending`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
  async register(overrides: Record<string, unknown> = {}): Promise<any> {
    this.#people += 1;
    const { data } = await this.expect(201, 'POST', '/user', {
      name: `Person ${this.#people}`,
      email_address: `person-${this.#people}@Example.gov.uk`,
      password: 'a very long password',
      mobile_number: '07700900460',
      ...overrides,
    });
    if (overrides.state !== 'pending') await this.expect(200, 'POST', `/user/${data.id}/activate`);
    return data;
  }

  /** A service in trial mode, with its creator as its team. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes
  async createService(creator: { id: string }, overrides: Record<string, unknown> = {}): Promise<any> {
    const { data } = await this.expect(201, 'POST', '/service', {
      name: `Service ${newUuid()}`,
      user_id: creator.id,
      created_by: creator.id,
      email_message_limit: 50,
      sms_message_limit: 50,
      letter_message_limit: 50,
      restricted: true,
      ...overrides,
    });
    return data;
  }
}
