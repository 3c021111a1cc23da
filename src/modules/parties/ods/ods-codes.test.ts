import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createOutgoingCalls } from '#platform/http';
import { createLogger, createMetrics, createTracer } from '#platform/telemetry';
import { PartiesError } from '../errors.ts';
import { createPartiesMetrics } from '../events.ts';
import { startOdsServer } from '../testing/ods-server.ts';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import { ASK_TIMING, organisationsUrlOf } from './ask-directory.ts';
import { createOdsCodes, type OdsOptions } from './ods-codes.ts';
import { declareCodes } from './ods-queries.ts';

const TIMING = { timeoutMs: 200, waitsMs: [5, 5] };
const OUTAGE = "2 exceptions were raised whilst attempting to execute 'is_valid_ods_code' (3 sub-exceptions)";

describe('a check of an ODS code', () => {
  let app: PartiesApp;
  let now = new Date('2026-11-21T09:00:00Z');
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  /** A process of its own: what another one keeps in memory is not here. */
  async function start(options: Partial<OdsOptions> = {}) {
    const ods = await startOdsServer(['GOOD']);
    const log = createLogger({ level: 'silent', name: 'test' });
    const metrics = createMetrics();
    const tracer = createTracer({ endpoint: undefined, serviceName: 'test', log });
    const outgoing = createOutgoingCalls({ metrics, tracer });
    const codes = createOdsCodes({
      mode: 'directory',
      organisationsUrl: organisationsUrlOf(ods.url),
      cacheHours: 24,
      timing: TIMING,
      db: app.test.database.db,
      outgoing,
      clock: { now: () => now },
      log,
      metrics: createPartiesMetrics(metrics),
      ...options,
    });
    return {
      ods,
      check: async (code: string): Promise<number> => {
        try {
          await codes.check(code, 'correlation');
          return 200;
        } catch (error) {
          if (error instanceof PartiesError) return error.status;
          throw error;
        }
      },
      codes,
      [Symbol.asyncDispose]: async () => {
        await outgoing[Symbol.asyncDispose]();
        await ods[Symbol.asyncDispose]();
      },
    };
  }

  it('asks for a known code once a day over all processes', async () => {
    await using first = await start();
    assert.equal(await first.check('GOOD'), 200);
    assert.equal(await first.check('GOOD'), 200);
    assert.deepEqual(first.ods.asked, ['/ORD/2-0-0/organisations/GOOD']);
    await using second = await start();
    assert.equal(await second.check('GOOD'), 200);
    assert.deepEqual(second.ods.asked, []);
    now = new Date(now.getTime() + 25 * 3_600_000);
    await using third = await start();
    assert.equal(await third.check('GOOD'), 200);
    assert.equal(third.ods.asked.length, 1);
  });

  it('never keeps a no', async () => {
    await using process = await start();
    assert.equal(await process.check('LATER'), 422);
    process.ods.answerWith(() => 200);
    assert.equal(await process.check('LATER'), 200);
    assert.equal(process.ods.asked.length, 2);
  });

  it('takes every other 4xx for a no', async () => {
    await using process = await start();
    for (const status of [400, 401, 404, 410]) {
      process.ods.answerWith(() => status);
      assert.equal(await process.check(`S${status}`), 422);
    }
    assert.equal(process.ods.asked.length, 4);
  });

  it('tries three times when the directory fails or throttles, then says so', async () => {
    await using process = await start();
    for (const status of [500, 503, 408, 429]) {
      const before = process.ods.asked.length;
      process.ods.answerWith(() => status);
      await assert.rejects(process.codes.check(`D${status}`, 'c'), (error: PartiesError) => {
        assert.deepEqual(error.items, [{ code: 'SERVICE_ERROR', message: OUTAGE }]);
        return true;
      });
      assert.equal(process.ods.asked.length, before + 3);
    }
    process.ods.answerWith((_code) => (process.ods.asked.length % 2 === 1 ? 500 : 200));
    assert.equal(await process.check('RECOVERS'), 200);
  });

  it('says so as well when nobody answers there', async () => {
    await using process = await start({ organisationsUrl: 'http://127.0.0.1:9/organisations' });
    assert.equal(await process.check('ANY'), 500);
  });

  it('fails unexpectedly on an answer that is neither yes nor no', async () => {
    await using process = await start();
    for (const status of [204, 302]) {
      process.ods.answerWith(() => status);
      await assert.rejects(process.codes.check(`O${status}`, 'c'), { name: 'OddDirectoryAnswerError' });
    }
  });

  it('needs no directory for codes that were declared or lately confirmed', async () => {
    await declareCodes(app.test.database.db.kysely, ['DECLARED'], now);
    await using process = await start({ organisationsUrl: 'http://127.0.0.1:9/organisations' });
    assert.equal(await process.check('DECLARED'), 200);
    assert.equal(await process.check('GOOD'), 200);
    assert.equal(await process.check('NEW'), 500);
  });

  it('in the mode `list` knows declared codes alone, and in `off` takes any', async () => {
    await using list = await start({ mode: 'list' });
    assert.equal(await list.check('DECLARED'), 200);
    assert.equal(await list.check('GOOD'), 422);
    assert.equal(list.ods.asked.length, 0);
    await using off = await start({ mode: 'off' });
    assert.equal(await off.check('ANYTHING'), 200);
  });

  it('ends within nine seconds', () => {
    const waits = ASK_TIMING.waitsMs.reduce((sum, wait) => sum + wait, 0);
    assert.ok(ASK_TIMING.timeoutMs * (ASK_TIMING.waitsMs.length + 1) + waits <= 9_000);
  });

  it('holds no database connection while it waits, and an outage is the exact 500 over HTTP', async () => {
    app.ods.answerWith(() => 503);
    const answer = await app.call({
      method: 'POST',
      path: '/ProductTeam',
      body: { name: 'A', ods_code: 'DOWN' },
    });
    app.ods.answerWith(undefined);
    assert.equal(answer.status, 500);
    assert.equal(answer.headers.version, '1');
    assert.equal(answer.body, `{"errors": [{"code": "SERVICE_ERROR", "message": "${OUTAGE}"}]}`);
    assert.equal(app.ods.asked.filter((path) => path.endsWith('/DOWN')).length, 3);
  });

  it('understands the address of the directory with and without its path', () => {
    const organisations = 'https://directory.spineservices.nhs.uk/ORD/2-0-0/organisations';
    for (const suffix of ['', '/', '/ORD/2-0-0', '/ORD/2-0-0/', '/ORD/2-0-0/organisations']) {
      assert.equal(organisationsUrlOf(`https://directory.spineservices.nhs.uk${suffix}`), organisations);
    }
  });
});
