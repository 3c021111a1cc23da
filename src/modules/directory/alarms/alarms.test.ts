import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import type { PerformanceResults } from '../dashboard/performance-results.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';
import { startWebhook, type Webhook } from '../testing/webhook.ts';

const START = Date.parse('2026-07-01T11:30:00Z');
const MINUTE = 60_000;

describe('alarms', () => {
  let test: DirectoryApp;
  let slack: Webhook;
  let now = START;
  before(async () => {
    slack = await startWebhook();
    const environment = {
      ENVIRONMENT: 'blue1',
      SHARED_ENVIRONMENT: 'shared1',
      SLACK_WEBHOOK_URL: slack.url,
      SLACK_ALERT_CHANNEL: 'alerts',
      DIRECTORY_HEALTH_CHECK_URL: 'none',
      DIRECTORY_ALARM_URL: 'https://alarms.example/',
      DIRECTORY_DASHBOARD_URL: 'https://dash.example/',
      DIRECTORY_LOG_DASHBOARD_URL: 'https://log.example/',
    };
    test = await createDirectoryApp({ environment, now: new Date(START) });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    // Beyond every look back, so that no test sees the signals of another; what had to be told of those is told.
    wait(120);
    await check();
    slack.status = 200;
    slack.hangsUp = false;
    await test.drain();
    slack.posts.length = 0;
  });

  const wait = (minutes: number): void => {
    now += minutes * MINUTE;
    test.setNow(new Date(now));
  };
  const check = async (): Promise<string[]> => {
    const alarms = (await test.command('alarms', { check: true, raised: true })) as { name: string }[];
    return alarms.map(({ name }) => name);
  };
  const refusedRequest = () => test.module('directory').inject({ method: 'POST', url: '/v1/change-event' });
  const titles = () =>
    slack.posts.map(({ body }) => (body as { blocks: { text: { text: string } }[] }).blocks[0]?.text.text);

  it('tell Slack of a refused request once, in the layout that people know', async () => {
    await refusedRequest();
    assert.deepEqual(await check(), ['uec-dos-int | shared1 | DI 4XX Endpoint Errors']);
    await check();
    await test.drain();
    assert.equal(slack.posts.length, 1);
    const [post] = slack.posts;
    assert.equal(post?.headers['content-type'], 'application/json');
    assert.equal(post?.headers.accept, 'application/json');
    assert.deepEqual(post?.body, {
      channel: 'alerts',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', emoji: true, text: ':rotating_light:  DI 4XX Endpoint Errors' },
        },
      ],
      attachments: [
        {
          color: '#e01e5a',
          ts: now / 1_000,
          fields: [
            {
              short: false,
              value: [
                '*Name*: <https://alarms.example/|uec-dos-int | shared1 | DI 4XX Endpoint Errors> | *State*: Alarm',
                '*Description*: Change events from NHS UK have been rejected',
                '<https://dash.example/|CloudWatch Monitoring Dashboard> | <https://log.example/|Splunk Dashboard>',
              ].join('\n'),
            },
          ],
        },
      ],
    });
    const [line] = test.lines().filter(({ message }) => message === 'Message sent to slack');
    assert.equal(line?.status_code, 200);
    assert.equal(line?.response, 'ok');
    wait(2);
    await check();
    wait(2);
    assert.deepEqual(await check(), []);
    await test.drain();
    assert.equal(slack.posts.length, 1, 'nobody is told that there are no more');
  });

  it('are raised for what happened while nobody looked', async () => {
    await refusedRequest();
    await refusedRequest();
    wait(5);
    assert.deepEqual(await check(), ['uec-dos-int | shared1 | DI 4XX Endpoint Errors']);
    wait(2);
    assert.deepEqual(await check(), []);
    await test.drain();
    assert.equal(slack.posts.length, 1);
  });

  it('are raised by reports of bad data, under the name of the release', async () => {
    await test.send(pharmacyRecord(odsCodeAt(3), { Postcode: 'XX1 1XX', OpeningTimes: [{}] }), {
      correlationId: 'bad-data',
    });
    await test.drain();
    assert.deepEqual(await check(), [
      'uec-dos-int | blue1 | Invalid Opening Times',
      'uec-dos-int | blue1 | Invalid Postcode',
    ]);
    await test.drain();
    assert.equal(slack.posts.length, 2);
  });

  it('need two bad periods for an error rate, and are raised for the dead letters at once', async () => {
    await test.send(pharmacyRecord(odsCodeAt(4), onlyPhone('0'.repeat(300))), { correlationId: 'poison-1' });
    await test.drain();
    assert.deepEqual(await check(), ["uec-dos-int | blue1 | Update Requests DLQ'd"]);
    wait(2);
    await test.send(pharmacyRecord(odsCodeAt(4), onlyPhone('0'.repeat(301))), { correlationId: 'poison-2' });
    await test.drain();
    assert.ok((await check()).includes('uec-dos-int | blue1 | Service Sync Error Rate'));
  });

  it('see two bad periods also when nobody looked at the time', async () => {
    for (const poison of ['poison-3', 'poison-4']) {
      await test.send(pharmacyRecord(odsCodeAt(4), onlyPhone('0'.repeat(300))), { correlationId: poison });
      await test.drain();
      wait(2);
    }
    wait(4);
    const name = 'uec-dos-int | blue1 | Service Sync Error Rate';
    assert.ok((await check()).includes(name));
    assert.equal((await check()).includes(name), false, 'and that it is over');
  });

  it('tell of the end of slow messages', async () => {
    const name = 'uec-dos-int | blue1 | Maximum Message Latency';
    await test.send(pharmacyRecord(odsCodeAt(5)), { correlationId: 'slow-1' });
    wait(3);
    await test.drain();
    assert.equal((await check()).includes(name), false, 'one slow period of five minutes may be');
    wait(5);
    await test.send(pharmacyRecord(odsCodeAt(5)), { correlationId: 'slow-2' });
    wait(3);
    await test.drain();
    assert.ok((await check()).includes(name));
    wait(40);
    assert.equal((await check()).includes(name), false);
    await test.drain();
    assert.ok(titles().includes(':white_check_mark:  Maximum Message Latency'));
  });

  it('do not repeat a post of which nobody knows whether it arrived', async () => {
    slack.hangsUp = true;
    await refusedRequest();
    await check();
    await test.drain();
    assert.equal(slack.posts.length, 1);
  });

  it('share their sums with the report on a load test', async () => {
    const since = new Date(now);
    wait(1);
    await test.send(pharmacyRecord(odsCodeAt(6)), { correlationId: 'measured' });
    await test.drain();
    await check();
    wait(1);
    const times = { since: since.toISOString(), until: new Date(now).toISOString() };
    const results = await test.command<PerformanceResults>('performance-results', times);
    const [ingest, matcher, sync] = results.workers;
    assert.deepEqual([ingest?.runs, ingest?.errors, matcher?.runs, sync?.errors], [1, 0, 1, 0]);
    assert.ok((ingest?.average_batch_ms ?? 0) > 0 && (sync?.runs ?? 0) > 0);
    assert.equal(results.services_updated_or_reviewed, sync?.runs);
    assert.ok((results.dos_connections_maximum ?? 0) > 0);
    const health = (await test.module('directory').inject({ url: '/health' })).json();
    const { details } = health.components.pipeline;
    assert.equal(details.update_requests_waiting, 0);
    assert.ok(details.last_success_at > times.since && details.queues_seen_at > times.since);
    for (const wrong of [{ since: 'soon' }, { since: '1h', until: '2h' }]) {
      await assert.rejects(test.command('performance-results', wrong), { name: 'CommandRefusal' });
    }
  });

  it('go by sums that are kept finely for two hours and roughly for a day', async () => {
    const start = now - (now % (5 * MINUTE));
    for (const [minutes, count] of [
      [-1, 1],
      [-134, 2],
      [-133, 4],
      [-139, 8],
      [-24 * 60, 16],
      [-26 * 60, 32],
    ] as const) {
      await test.sql(
        "insert into directory.signals values ('shared1', 'kept', $1, $2::int, $2::int * 10.0, $2::int)",
        [new Date(start + minutes * MINUTE + 7_000), count],
      );
    }
    for (let run = 0; run < 2; run += 1) {
      await test.runTask('directory.purge_expired');
      await test.drain();
    }
    const rows = await test.sql<{ slot: Date; count: string; total: number; maximum: number }>(
      "select slot, count, total, maximum from directory.signals where name = 'kept' order by slot desc",
    );
    assert.deepEqual(
      rows.map(({ count, total, maximum }) => [Number(count), total, maximum]),
      [
        [1, 10, 1],
        [6, 60, 4],
        [8, 80, 8],
        [16, 160, 16],
      ],
    );
    assert.equal(rows[1]?.slot.getTime(), start - 135 * MINUTE);
  });

  it('do not repeat a post whose worker was lost', async () => {
    const { jobs } = test.app.stores[0];
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    await jobs.pause('directory.send_slack_message', actor);
    await refusedRequest();
    await check();
    // What a worker leaves that is killed in the middle of its call.
    await test.sql(`insert into directory.begun_calls (job_id, begun_at)
      select id, now() from pgboss.job where name = 'directory.send_slack_message' and state = 'created'`);
    await jobs.resume('directory.send_slack_message', actor);
    await test.drain();
    assert.equal(slack.posts.length, 0);
    const { failures } = await jobs.failures.list({ task: 'directory.send_slack_message' }, { limit: 10 });
    const lost = failures.find(({ message }) => message.includes('was lost'));
    await jobs.failures.retry([lost?.id ?? ''], actor);
    await test.drain();
    assert.equal(slack.posts.length, 1);
  });

  it('tell that the quality check of the week was not started', async () => {
    const name = 'uec-dos-int | blue1 | Quality Checker Schedule Failed Invocation';
    now = Date.parse('2026-07-06T04:31:00Z');
    test.setNow(new Date(now));
    assert.equal((await check()).includes(name), false, 'it may still come');
    wait(6);
    assert.ok((await check()).includes(name));
    await test.command('quality-check', {});
    wait(1);
    await check();
    wait(2);
    assert.equal((await check()).includes(name), false);
  });

  it('try again only when the post cannot have arrived', async () => {
    slack.status = 500;
    await refusedRequest();
    await check();
    await test.drain();
    assert.equal(slack.posts.length, 1);
    const { failures } = await test.app.stores[0].jobs.failures.list(
      { task: 'directory.send_slack_message' },
      { limit: 10 },
    );
    assert.equal(failures[0]?.attemptCount, 1);

    wait(120);
    await check();
    slack.status = 200;
    slack.posts.length = 0;
    await slack.goAway();
    await refusedRequest();
    await check();
    await test.app.stores[0].jobs.start(test.app.modules.flatMap(({ module }) => module.tasks));
    await test.waitUntil('a post was tried in vain', async () => {
      const { rows } = await test.database.db.pool.query(
        "select 1 from platform.job_failures where task = 'directory.send_slack_message' and state = 'retrying'",
      );
      return rows.length > 0;
    });
    await slack.comeBack();
    await test.app.stores[0].jobs.stop();
    await test.drain();
    assert.equal(slack.posts.length, 1);
  });
});
