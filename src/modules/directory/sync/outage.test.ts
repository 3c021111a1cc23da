import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { type EmbeddedServer, openDatabase, startEmbeddedServer } from '#platform/db';
import { createLogger } from '#platform/telemetry';
import { odsCodeAt } from '#reference/pharmacies';
import { createTemporaryFolder, type TemporaryFolder } from '../../../../test/harness/index.ts';
import { prepareDosDatabase } from '../dos/prepare-dos-database.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
  untilPhone,
} from '../testing/directory-app.ts';
import { startWebhook, type Webhook } from '../testing/webhook.ts';

describe('while the DoS database is away', { timeout: 120_000 }, () => {
  let folder: TemporaryFolder;
  let dosServer: EmbeddedServer;
  let slack: Webhook;
  let test: DirectoryApp;
  let now = Date.parse('2026-07-01T11:30:00Z');
  before(async () => {
    folder = await createTemporaryFolder();
    dosServer = await startEmbeddedServer({
      dataDir: join(folder.path, 'data'),
      port: 0,
      osUser: 'nobody',
      log: createLogger({ level: 'silent', name: 'test' }),
    });
    await using dos = openDatabase({ url: dosServer.url, maxConnections: 2, applicationName: 'prepare' });
    await prepareDosDatabase(dos, { pharmacies: 30 });
    await dos.pool.query("create role di login superuser password 'writer'");
    slack = await startWebhook();
    test = await createDirectoryApp({
      environment: {
        ENVIRONMENT: 'blue1',
        SLACK_WEBHOOK_URL: slack.url,
        DIRECTORY_HEALTH_CHECK_URL: 'none',
        DB_WRITER_SERVER: '127.0.0.1',
        DB_PORT: String(dosServer.port),
        DB_NAME: new URL(dosServer.url).pathname.slice(1),
        DB_READ_AND_WRITE_USER_NAME: 'di',
        DB_WRITER_SECRET: 'writer',
      },
      now: new Date(now),
    });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
    await dosServer.stop();
    await folder[Symbol.asyncDispose]();
  });

  const outages = async () => {
    const { rows } = await test.database.db.pool.query<{ queue: string }>(
      'select queue from platform.queue_outages order by queue',
    );
    return rows.map(({ queue }) => queue);
  };
  const failures = () => test.app.stores[0].jobs.failures.count({});
  /** Asks the server itself, over a connection that the product does not use. */
  const administer = async (statement: string): Promise<void> => {
    const options = '-c default_transaction_read_only=off';
    const client = new pg.Client({ connectionString: dosServer.url, options });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };

  it('intake goes on, no attempt is spent, one alarm tells of it, and work resumes by itself', async () => {
    process.kill(dosServer.pid, 'SIGKILL');
    await dosServer.exited;
    await test.send(pharmacyRecord(odsCodeAt(3), onlyPhone('01632960301')), { correlationId: 'away-1' });
    await test.send(pharmacyRecord(odsCodeAt(3), onlyPhone('01632960302')), { correlationId: 'away-2' });
    await test.startWorker();
    await test.waitUntil('matching waits', async () => (await outages()).length > 0);
    assert.deepEqual(await outages(), ['directory.match_services']);
    await test.send(pharmacyRecord(odsCodeAt(4), onlyPhone('01632960401')), { correlationId: 'away-3' });
    for (let minute = 0; minute < 3; minute += 1) {
      now += 20_000;
      test.setNow(new Date(now));
      await test.command('alarms', { check: true });
    }
    await test.waitUntil('Slack is told', () => slack.posts.length > 0);
    await dosServer.restart();
    await untilPhone(test, odsCodeAt(3), '01632960302');
    await untilPhone(test, odsCodeAt(4), '01632960401');
    await test.waitUntil('nothing waits', async () => (await outages()).length === 0);
    assert.equal(await failures(), 0, 'no attempt was spent');
    const titles = slack.posts.map(({ body }) => JSON.stringify(body));
    const told = titles.filter((text) => text.includes('uec-dos-int | blue1 | DoS Database Unreachable'));
    assert.equal(told.length, 1);
    const names = (await test.journey('away-2')).map(({ name }) => name);
    assert.equal(names.filter((name) => name === 'job.failed').length, 0);
    assert.ok(names.includes('update_request.succeeded'));
  });

  it('as when a failover left us on a read-only server, updates wait for the writer', async () => {
    await administer('alter system set default_transaction_read_only = on');
    await administer('select pg_reload_conf()');
    await test.send(pharmacyRecord(odsCodeAt(5), onlyPhone('01632960501')), { correlationId: 'read-only' });
    await test.waitUntil('sync waits', async () => (await outages()).includes('directory.sync_service'));
    await administer('alter system reset default_transaction_read_only');
    await administer('select pg_reload_conf()');
    await untilPhone(test, odsCodeAt(5), '01632960501');
    assert.equal(await failures(), 0);
  });

  it('as when its password was changed, work waits until the right one is back', async () => {
    await administer("alter role di password 'another'");
    await administer("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'di'");
    await test.send(pharmacyRecord(odsCodeAt(6), onlyPhone('01632960601')), { correlationId: 'locked-out' });
    await test.waitUntil('work waits', async () => (await outages()).length > 0);
    await administer("alter role di password 'writer'");
    await untilPhone(test, odsCodeAt(6), '01632960601');
    assert.equal(await failures(), 0);
  });
});
