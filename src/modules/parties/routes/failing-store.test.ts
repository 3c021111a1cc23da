import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { type Call, createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';

type Line = Record<string, unknown> & { action?: string; action_status?: string };

describe('a request that fails', () => {
  let app: PartiesApp;
  let spans: string[];
  const lines: Line[] = [];
  const collector = createServer(async (request, response) => {
    const sent = (await json(request)) as {
      resourceSpans: { scopeSpans: { spans: { name: string }[] }[] }[];
    };
    for (const { scopeSpans } of sent.resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans.map(({ name }) => name));
    }
    response.end('{}');
  });
  before(async () => {
    spans = [];
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const { port } = collector.address() as AddressInfo;
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      PARTIES_REQUEST_BUDGET_MS: '1500',
    };
    app = await createPartiesApp({ environment, onLog: (line) => lines.push(line) });
  });
  after(() => {
    collector.closeAllConnections();
    collector.close();
  });

  const expect = async (
    call: Call,
    status: number,
    error: [code: string, message: string],
    version: string,
  ) => {
    const answer = await app.call(call);
    const [code, message] = error;
    assert.equal(answer.body, `{"errors": [{"code": "${code}", "message": "${message}"}]}`);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.version, version);
  };
  const stepsOf = (correlationId: string) =>
    lines
      .filter((line) => line.msg === 'step' && line.correlation_id === correlationId)
      .map((line) => [line.action, line.action_status, line.action_result]);

  it('because the store does not answer says no word of what happened inside', async () => {
    const { kysely } = app.test.database.db;
    await sql`alter table parties.identifiers rename to hidden`.execute(kysely);
    await expect({ path: '/_status' }, 503, ['SERVICE_UNAVAILABLE', 'Database unavailable'], 'null');
    const body = { ods_code: 'F5H1R', name: 'A' };
    for (const call of [
      { path: '/ProductTeam/x', headers: { 'x-correlation-id': 'failing' } },
      { method: 'DELETE', path: '/ProductTeam/x' },
      { path: '/Product?product_team_id=x' },
      { method: 'POST', path: '/ProductTeam', body },
    ] satisfies Call[]) {
      await expect(call, 500, ['SERVICE_ERROR', 'An unexpected error occurred'], '1');
    }
    await sql`alter table parties.hidden rename to identifiers`.execute(kysely);
    assert.equal((await app.call({ path: '/_status' })).status, 200);
    assert.deepEqual(stepsOf('failing').at(-1), ['parties.read_team.read_product_team', 'failed', 'error']);
  });

  it('has a log line for each of its steps, with neither what was sent nor keys', async () => {
    const headers = { 'x-correlation-id': 'refused' };
    const body = { ods_code: 'ZZZ', name: 'Very Private' };
    await app.call({ method: 'POST', path: '/ProductTeam', body, headers });
    const action = (step: string) => `parties.create_team.${step}`;
    assert.deepEqual(stepsOf('refused'), [
      [action('get_requested_version'), 'succeeded', undefined],
      [action('get_largest_possible_version'), 'succeeded', undefined],
      [action('get_steps_for_requested_version'), 'succeeded', undefined],
      [action('parse_event_body'), 'succeeded', undefined],
      [action('parse_incoming_product_team'), 'succeeded', undefined],
      [action('validate_product_team_ods_code'), 'error', 'UNPROCESSABLE_ENTITY'],
    ]);
    const line = lines.find(({ correlation_id: id }) => id === 'refused');
    assert.match(String(line?.internal_id), /^[0-9a-f]{32}$/);
    assert.equal(typeof line?.action_duration, 'number');
    assert.doesNotMatch(JSON.stringify(lines), /Very Private|parties-test-key/);
    await app.call({ path: '/Product', headers: { 'x-correlation-id': 'good' } });
    const good = await app.createTeam();
    await app.call({ path: `/ProductTeam/${good.id}`, headers: { 'x-correlation-id': 'read' } });
    assert.deepEqual(stepsOf('read'), [], 'what succeeds has no lines unless they are asked for');
  });

  it('because its time is over gets the answer of the gateway', async () => {
    const { kysely } = app.test.database.db;
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const holding = kysely.transaction().execute(async (trx) => {
      await sql`lock table parties.identifiers in access exclusive mode`.execute(trx);
      locked();
      await mayEnd;
    });
    await isLocked;
    const answer = await app.call({ path: '/ProductTeam/x' });
    end();
    await holding;
    assert.equal(answer.status, 504);
    assert.equal(answer.body, '{"errors":[{"code":"PROCESSING","message":"exception"}]}');
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal((await app.call({ path: '/ProductTeam/x' })).status, 404);
  });

  it('is a span for each step at the collector, as one that succeeds is', async () => {
    // The last spans are sent on the way down.
    await app[Symbol.asyncDispose]();
    for (const name of [
      'parties.read_team.render_response',
      'parties.read_team.read_product_team',
      'parties.create_team.save_product_team',
    ]) {
      assert.ok(spans.includes(name), name);
    }
  });
});
