import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runFeatures, type ScenarioResult, writePostman } from './run-features.ts';
import { localTarget, remoteTarget } from './targets.ts';

interface Item {
  name: string;
  item?: Item[];
  request?: {
    method: string;
    header: { key: string; value: string }[];
    url: { raw: string };
    body?: { raw: string };
  };
  event?: { script: { exec: string[] } }[];
}

function assertPassed(results: ScenarioResult[]): void {
  const failures = results.filter(({ failure }) => failure);
  assert.deepEqual(
    failures.map(({ feature, scenario, failure }) => [
      feature,
      scenario,
      failure?.step,
      String(failure?.error),
    ]),
    [],
  );
  assert.ok(results.length >= 30, `${results.length} scenarios were played`);
}

test('the features hold in this process and over HTTP, and their Postman collection works', async () => {
  await using target = await localTarget();
  const local = await runFeatures(target);
  assertPassed(local.results);

  // The same application behind a real socket, reached as any deployment is.
  await using stack = new AsyncDisposableStack();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const answer = await target.send({
        method: request.method ?? '',
        endpoint: (request.url ?? '').slice(1),
        headers: request.headers as Record<string, string>,
        body: chunks.length === 0 ? undefined : Buffer.concat(chunks).toString(),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assertPassed((await runFeatures(remoteTarget(baseUrl, target.apiKey))).results);

  const folder = mkdtempSync(join(tmpdir(), 'parties-postman-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  writePostman(folder, local.played, {});
  const environment = JSON.parse(readFileSync(join(folder, 'postman-environment.json'), 'utf8')) as {
    name: string;
    values: { key: string; value: string }[];
  };
  assert.equal(environment.name, 'FeatureTestEnvironment');
  assert.ok(environment.values.every(({ value }) => value === ''));
  const text = readFileSync(join(folder, 'postman-collection.json'), 'utf8');
  assert.ok(!text.includes(target.apiKey));
  assert.match(text, /^ {4}"info"/m);
  const values = new Map(environment.values.map(({ key }) => [key, '']));
  values.set('baseUrl', baseUrl).set('apiKey', target.apiKey);
  await playCollection((JSON.parse(text) as Item).item ?? [], values);
});

/** Sends what Postman would, runs the scripts as it would, and expects what each next request depends on. */
async function playCollection(items: Item[], values: Map<string, string>): Promise<void> {
  const fill = (raw: string): string =>
    raw
      .replaceAll('{{$guid}}', () => crypto.randomUUID())
      .replace(/\{\{(\w+)\}\}/g, (_all, name: string) => {
        const value = values.get(name);
        assert.ok(value, `{{${name}}} is known before it is used`);
        return value;
      });
  for (const { item, request, event } of items) {
    if (item) await playCollection(item, values);
    if (!request) continue;
    assert.ok(
      !JSON.stringify(request).includes('$\u007b'),
      'nothing of our own notation is left in a request',
    );
    const response = await fetch(fill(request.url.raw), {
      method: request.method,
      headers: request.header.map(({ key, value }) => [key, fill(value)] as [string, string]),
      ...(request.body ? { body: fill(request.body.raw) } : {}),
    });
    const body = await response.text();
    const pm = {
      response: { code: response.status, json: () => JSON.parse(body) as unknown },
      environment: { set: (name: string, value: string) => values.set(name, value) },
    };
    for (const line of event?.flatMap(({ script }) => script.exec) ?? []) new Function('pm', line)(pm);
  }
}
