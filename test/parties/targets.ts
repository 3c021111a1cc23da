import { createTestApp } from '../harness/app.ts';
import type { ApiResponse, Target } from './world.ts';

const LOCAL_KEY = 'feature-test-key-0123';

/** The application in this process, on an empty database, with the published example code alone known. */
export async function localTarget(): Promise<Target & AsyncDisposable> {
  const test = await createTestApp({
    environment: { SIGNALBOX_MODULES: 'parties', PARTIES_API_KEY: LOCAL_KEY, PARTIES_ODS_MODE: 'list' },
  });
  return {
    apiKey: LOCAL_KEY,
    send: async ({ method, endpoint, headers, body }) => {
      const response = await test.module('parties').inject({
        method: method as 'GET',
        url: `/${endpoint}`,
        headers,
        ...(body === undefined ? {} : { payload: body }),
      });
      return {
        status: response.statusCode,
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: response.body,
      };
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

const GATEWAY_TIMEOUT = 504;
const RETRIES = 5;
const RETRY_MS = 2_000;

/** Any deployment, over the network. A gateway that gives up is asked again, and nothing else is (spec section 8.4). */
export function remoteTarget(baseUrl: string, apiKey: string): Target {
  const root = baseUrl.replace(/\/+$/, '');
  return {
    apiKey,
    send: async ({ method, endpoint, headers, body }): Promise<ApiResponse> => {
      for (let attempt = 1; ; attempt += 1) {
        const response = await fetch(`${root}/${endpoint}`, {
          method,
          headers,
          redirect: 'manual',
          ...(body === undefined ? {} : { body }),
        });
        const answer = {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await response.text(),
        };
        if (answer.status !== GATEWAY_TIMEOUT || attempt === RETRIES) return answer;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    },
  };
}
