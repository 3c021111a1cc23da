import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { additions, operations } from '../routes/index.ts';
import { createPartiesApp } from '../testing/parties-app.ts';
import { findDocumentProblems, OPENAPI_FILE } from './check-document.ts';

test('the document is sound, names every operation, and is served', async () => {
  assert.deepEqual(await findDocumentProblems(), []);
  const text = readFileSync(OPENAPI_FILE, 'utf8');
  const { paths } = parse(text) as { paths: Record<string, Record<string, unknown>> };
  const documented = Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
    .filter((line) => !line.startsWith('options'));
  const served = [
    ...operations.map(({ method, path }) => `${method.toLowerCase()} ${path}`),
    ...additions.map(({ path }) => `get ${path}`),
    'get /_status',
  ].map((line) => line.replace(/:(\w+)/g, '{$1}'));
  assert.deepEqual(documented.toSorted(), served.toSorted());
  await using app = await createPartiesApp();
  const answer = await app.call({
    path: '/_openapi.yaml',
    headers: { apikey: undefined, version: undefined },
  });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, text);
});

test('a document that is not sound is noticed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parties-openapi-'));
  const file = join(folder, 'broken.yaml');
  writeFileSync(
    file,
    readFileSync(OPENAPI_FILE, 'utf8')
      .replace('operationId: status', 'operationId: createproductteam')
      .replace('#/components/responses/StatusOK', '#/components/responses/Nothing'),
  );
  const problems = await findDocumentProblems(pathToFileURL(file));
  assert.ok(problems.some((problem) => problem.includes('leads nowhere')));
  assert.ok(problems.some((problem) => problem.includes('operationId of its own')));
  rmSync(folder, { recursive: true });
});
