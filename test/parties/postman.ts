import type { SentRequest } from './world.ts';

/** What a run of the features made: requests by step, scenario and feature. */
export interface PlayedFeature {
  name: string;
  description: string;
  scenarios: { name: string; steps: { name: string; request: SentRequest }[] }[];
}

const SCHEMA = 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json';

/** The collection and environment of spec section 8.5; `baseUrl` is undefined for a run in this process. */
export function postmanFiles(features: PlayedFeature[], options: { baseUrl?: string; apiKey?: string }) {
  const { baseUrl, apiKey } = options;
  const names = new Set<string>();
  const item = features.flatMap((feature) => {
    const scenarios = feature.scenarios
      .filter(({ steps }) => steps.length > 0)
      .map(({ name, steps }) => ({
        name,
        description: 'The following steps demonstrate this scenario:',
        item: steps.map((step) => {
          for (const note of step.request.notes) names.add(note.name);
          return itemOf(step.name, step.request, baseUrl);
        }),
      }));
    const { name, description } = feature;
    return scenarios.length === 0 ? [] : [{ name, description, item: scenarios }];
  });
  const collection = {
    info: {
      name: 'Feature Tests',
      schema: SCHEMA,
      description: 'Requests of the feature tests, in the order in which they are made.',
    },
    item,
  };
  const value = (key: string, text: string) => ({ key, value: text, type: 'default', enabled: true });
  const environment = {
    name: 'FeatureTestEnvironment',
    values: [
      value('baseUrl', baseUrl ?? ''),
      value('apiKey', (baseUrl && apiKey) || ''),
      ...[...names].map((name) => value(name, '')),
    ],
  };
  return { collection, environment };
}

function itemOf(name: string, { written, notes }: SentRequest, baseUrl: string | undefined) {
  const root = baseUrl === undefined ? '{{baseUrl}}' : baseUrl.replace(/\/+$/, '');
  const endpoint = toPostman(written.endpoint);
  const headers: Record<string, string> = {
    ...written.headers,
    apikey: written.headers.apikey ?? '{{apiKey}}',
  };
  const header = Object.entries(headers)
    .filter(([, value]) => value !== '(none)')
    .map(([key, value]) => ({ key, value, type: 'text' }));
  const script = notes.map(
    ({ name: note, path }) =>
      `if (pm.response.code >= 200 && pm.response.code < 300) { pm.environment.set(${JSON.stringify(note)}, pm.response.json()${accessor(path)}); }`,
  );
  return {
    name,
    request: {
      method: written.method,
      header,
      url: { raw: `${root}/${endpoint}`, host: [root], path: [endpoint] },
      ...(written.body === undefined
        ? {}
        : { body: { mode: 'raw', raw: toPostman(written.body), options: { raw: { language: 'json' } } } }),
    },
    ...(script.length === 0
      ? {}
      : { event: [{ listen: 'test', script: { type: 'text/javascript', exec: script } }] }),
  };
}

function toPostman(text: string): string {
  return text
    .replace(/\$\{ note\((\w+)\) \}/g, '{{$1}}')
    .replace(/\$\{ uuid\(\) \}/g, '{{$$guid}}')
    .replace(/\$\{ repeat\((.), (\d+)\) \}/g, (_all, letter: string, times: string) =>
      letter.repeat(Number(times)),
    );
}

function accessor(path: string): string {
  return path
    .split('.')
    .map((name) => (/^\d+$/.test(name) ? `[${name}]` : `[${JSON.stringify(name)}]`))
    .join('');
}
