import assert from 'node:assert/strict';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

/** A browser without JavaScript: it keeps cookies, and sends the form token of the page it last looked at. */
export interface TestBrowser {
  cookies: Map<string, string>;
  get(path: string): Promise<LightMyRequestResponse>;
  /** Follows redirects and returns the page they end at. */
  visit(path: string): Promise<LightMyRequestResponse>;
  submit(path: string, fields: Record<string, string>): Promise<LightMyRequestResponse>;
}

export function createBrowser(app: FastifyInstance): TestBrowser {
  const cookies = new Map<string, string>();
  let formToken = '';

  const send = async (method: 'GET' | 'POST', url: string, payload?: string) => {
    const response = await app.inject({
      method,
      url,
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(payload === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    for (const { name, value } of response.cookies) {
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    formToken = /name="_csrf" value="([^"]+)"/.exec(response.body)?.[1] ?? formToken;
    return response;
  };

  const get = (path: string) => send('GET', path);
  return {
    cookies,
    get,
    visit: async (path) => {
      let response = await get(path);
      for (let hops = 0; response.statusCode >= 300 && response.statusCode < 400; hops += 1) {
        assert.ok(hops < 5, `too many redirects from ${path}`);
        response = await get(String(response.headers.location));
      }
      return response;
    },
    submit: (path, fields) =>
      send('POST', path, new URLSearchParams({ _csrf: formToken, ...fields }).toString()),
  };
}
