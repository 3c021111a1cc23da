import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import { changeAllowance, findAllowance } from '../facts/allowances.ts';
import { FactsArchivedError, rebuildBilling, rebuildStatuses } from '../facts/make-facts.ts';
import { usageByMonth, usageOfYear } from '../facts/usage.ts';
import { readBlob } from '../letter-production/letter-files.ts';
import { reportKey } from '../message-reports/report-file.ts';
import { requestReport } from '../message-reports/report-requests.ts';
import { STATUSES } from '../notifications/notification.ts';
import { KEY_TYPES, NOTIFICATION_TYPES } from '../services/service.ts';
import { answerJson, type FakeProvider, startFakeProvider } from '../testing/fake-provider.ts';
import { MONITORED } from '../testing/monitored-data.ts';
import { createNotifyApp, type NotifyApp, SERVICE_ID } from '../testing/notify-app.ts';
import { type StoredNotification, storeNotifications } from '../testing/stored-notifications.ts';
import { storeWorkForSchedules } from '../testing/work-for-schedules.ts';
import { runScheduled } from './by-the-clock.ts';
import { schedule } from './schedule.ts';

const DAY_MS = 86_400_000;
/** Summer time ends two days before. */
const NOW = new Date('2026-10-27T10:00:00Z');
const BILLABLE: Record<string, string[]> = {
  sms: ['sending', 'sent', 'delivered', 'pending', 'temporary-failure', 'permanent-failure'],
  email: ['sending', 'delivered', 'temporary-failure', 'permanent-failure'],
  letter: ['sending', 'delivered', 'returned-letter'],
};

const REPORT = {
  query: "select id, name as service from notify.services where name like 'Pigeon%'",
  subject: 'Services',
  recipients: ['reader@example.test'],
};
const PRINT_TOKEN = `x.${Buffer.from(JSON.stringify({ exp: 4_000_000_000 })).toString('base64url')}.x`;

/** The same messages each time: all channels, statuses and keys, at both edges of days around the change of clocks. */
function someMessages(): StoredNotification[] {
  const edges = [0, 1, 2, 3, 5, 8].flatMap((ago) => {
    const midnight = londonMidnight(addDays(londonDay(NOW), -ago)).getTime();
    return [midnight - 1, midnight, midnight + 3_600_000];
  });
  return edges.flatMap((time, place) =>
    NOTIFICATION_TYPES.flatMap((type) =>
      KEY_TYPES.flatMap((keyType) =>
        STATUSES.map((status, at) => ({
          type,
          keyType,
          status,
          createdAt: new Date(time),
          sentAt: new Date(time + 1_000 * place),
          sentBy: { sms: 'mmg', email: 'ses', letter: 'dvla' }[type],
          billableUnits: type === 'email' ? 0 : 1 + (at % 3),
          rateMultiplier: type === 'sms' ? 1 + (at % 2) : undefined,
          postage: type === 'letter' ? (at % 2 ? 'first' : 'second') : undefined,
          recipient: 'A Person\n1 High Street\nSW1A 1AA',
        })),
      ),
    ),
  ) as StoredNotification[];
}

describe('what runs by the clock', () => {
  let once: NotifyApp;
  let twice: NotifyApp;
  let printer: FakeProvider;
  let now = NOW;
  const messages = someMessages();
  before(async () => {
    printer = await startFakeProvider(answerJson(200, { 'id-token': PRINT_TOKEN, newApiKey: 'another' }));
    const options = {
      clock: { now: () => now },
      environment: {
        NOTIFY_ALERT_EMAIL_ADDRESSES: 'somebody@example.test',
        SEND_ZENDESK_ALERTS_ENABLED: 'on',
        CHECK_SLOW_TEXT_MESSAGE_DELIVERY: 'on',
        NOTIFICATION_DEEP_HISTORY_MIN_AGE_DAYS: '30',
        WEEKLY_USER_RESEARCH_EMAIL_ENABLED: 'on',
        ZENDESK_REPORTING: JSON.stringify({ 'weekly-dwp-report': REPORT }),
        DVLA_ROTATE_CREDENTIALS: 'on',
        DVLA_EMAIL_ADDRESSES: 'press@example.test',
        PRINT_URL: printer.url,
        CRONITOR_ENABLED: 'on',
        CRONITOR_KEYS: JSON.stringify(Object.fromEntries(MONITORED.map((name) => [name, `key-${name}`]))),
        CRONITOR_URL: `${printer.url}/monitor/`,
      },
    };
    [once, twice] = await Promise.all([createNotifyApp(options), createNotifyApp(options)]);
    for (const app of [once, twice]) {
      // Nothing is delivered here: only what the clock does is looked at.
      await app.test.database.db.pool.query('update notify.providers set active = false');
      for (const name of [
        'notify.deliver_internal',
        'notify.deliver_sms',
        'notify.deliver_email',
        'notify.create_letter_pdf',
        'notify.check_precompiled',
      ]) {
        await app.test.app.stores[0].jobs.pause(name, { kind: 'system', id: 'test', name: 'test' });
      }
      await fill(app);
    }
  });
  after(async () => {
    await once[Symbol.asyncDispose]();
    await twice[Symbol.asyncDispose]();
    await printer[Symbol.asyncDispose]();
  });
  const query = (app: NotifyApp, text: string, values: unknown[] = []) =>
    app.test.database.db.pool.query(text, values);

  async function fill(app: NotifyApp): Promise<void> {
    await storeNotifications(app.test.database.db.pool, messages);
    await query(app, `update notify.notifications set api_key_id = '22222222-2222-4222-8222-222222222221'`);
    const old = [40, 40, 41].map((days) => ({
      type: 'sms' as const,
      createdAt: new Date(NOW.getTime() - days * DAY_MS),
    }));
    const ids = await storeNotifications(app.test.database.db.pool, old);
    await query(
      app,
      `with gone as (delete from notify.notifications where id = any($1) returning *)
       insert into notify.notification_history (id, service_id, template_id, template_version, key_type,
         notification_type, notification_status, created_at, billable_units, international)
       select id, service_id, template_id, template_version, key_type, notification_type, notification_status,
         created_at, billable_units, international from gone`,
      [ids],
    );
    await query(
      app,
      `insert into notify.users (id, name, email_address, created_at)
       values ('77777777-7777-4777-8777-777777777777', 'Newcomer', 'newcomer@example.test', $1)`,
      [new Date(NOW.getTime() - 10 * DAY_MS)],
    );
    await query(
      app,
      `insert into notify.verify_codes (id, user_id, code_type, code_hash, expires_at, created_at)
       values (gen_random_uuid(), '77777777-7777-4777-8777-777777777777', 'sms', '\\x00', $1, $1)`,
      [new Date(NOW.getTime() - 2 * DAY_MS)],
    );
    await query(
      app,
      `insert into notify.invited_users (id, service_id, from_user_id, email_address, permissions, created_at)
       values (gen_random_uuid(), $1, '77777777-7777-4777-8777-777777777777', 'a@example.test', '', $2)`,
      [SERVICE_ID, new Date(NOW.getTime() - 3 * DAY_MS)],
    );
    await query(
      app,
      `insert into notify.callback_log (id, service_id, callback_type, body, about_id, attempts, outcome, caused_at,
         created_at, ended_at)
       select gen_random_uuid(), $1, 'delivery_status', '\\x00', gen_random_uuid(), 1, 'failed', at, at, at
       from unnest($2::timestamptz[]) as at`,
      [SERVICE_ID, [4, 8].map((days) => new Date(NOW.getTime() - days * DAY_MS))],
    );
    await storeWorkForSchedules(app, NOW, (time) => {
      now = time;
    });
    now = NOW;
    for (const days of [1, 6, 8, 20]) {
      await query(
        app,
        `insert into notify.inbound_sms (id, service_id, notify_number, user_number, provider, content, created_at)
         values (gen_random_uuid(), $1, '07700900456', '447700900001', 'mmg', 'x', $2)`,
        [SERVICE_ID, new Date(NOW.getTime() - days * DAY_MS)],
      );
      await query(
        app,
        `insert into notify.unsubscribe_requests (id, notification_id, service_id, template_id, template_version,
           email_address, created_at)
         values (gen_random_uuid(), gen_random_uuid(), $1, $1, 1, 'a@example.test', $2)`,
        [SERVICE_ID, new Date(NOW.getTime() - days * 12 * DAY_MS)],
      );
    }
  }

  /** Everything that a run could do twice, in a form that does not name random ids. */
  async function stateOf(app: NotifyApp): Promise<Record<string, unknown>> {
    const tables = await query(
      app,
      "select table_name as name from information_schema.tables where table_schema = 'notify' and table_name <> 'schedule_runs' order by 1",
    );
    const state: Record<string, unknown> = {};
    for (const { name } of tables.rows) {
      state[name] = (await query(app, `select count(*)::int as rows from notify.${name}`)).rows[0].rows;
    }
    const grouped = (sql: string) => query(app, sql).then(({ rows }) => rows);
    state.statuses = await grouped(
      'select notification_type, key_type, notification_status, count(*)::int from notify.notifications group by 1, 2, 3 order by 1, 2, 3',
    );
    state.history = await grouped(
      'select notification_type, notification_status, count(*)::int from notify.notification_history group by 1, 2 order by 1, 2',
    );
    state.billing = await grouped('select * from notify.ft_billing order by 1, 4, 5, 6, 7, 8, 9');
    state.facts = await grouped('select * from notify.ft_notification_status order by 1, 5, 6, 7');
    state.alerts = await grouped('select key from notify.alerts order by 1');
    state.mails = await grouped('select idempotency_key from notify.internal_sends order by 1');
    return state;
  }

  /** All rows of all tables and all waiting jobs, in one number. */
  async function fingerprint(app: NotifyApp): Promise<string> {
    const tables = await query(
      app,
      "select table_name as name from information_schema.tables where table_schema = 'notify' and table_name <> 'schedule_runs' order by 1",
    );
    const parts = tables.rows.map(
      ({ name }) =>
        `select '${name}' as name, count(*)::text || coalesce(sum(hashtext(t::text))::text, '') as rows from notify.${name} t`,
    );
    const jobs = "select 'jobs' as name, count(*)::text as rows from pgboss.job where name like 'notify.%'";
    const { rows } = await query(app, [...parts, jobs].join(' union all '));
    const files: string[] = [];
    for await (const { key } of app.test.app.blobs.list('notify/')) files.push(key);
    return JSON.stringify([rows, files.sort()]);
  }

  const same = async (app: NotifyApp, wanted: Record<string, unknown>) => {
    for (const [name, state] of Object.entries(await stateOf(app)))
      assert.deepEqual(state, wanted[name], name);
  };

  it('does the same when everything runs twice at once as when it runs once', async () => {
    const { signal } = new AbortController();
    const idle: string[] = [];
    const run = async (app: NotifyApp, times: number, names?: string[]) => {
      for (const one of schedule(app.context)) {
        // Letters are handed over at ten to six only.
        now = one.name === 'check-time-to-collate-letters' ? new Date('2026-10-27T17:50:00Z') : NOW;
        const before = names && (await fingerprint(app));
        await Promise.all(Array.from({ length: times }, () => runScheduled(app.context, one, { signal })));
        if (names && before === (await fingerprint(app))) names.push(one.name);
      }
      now = NOW;
      await Promise.all(Array.from({ length: times }, () => app.drain()));
    };
    await run(once, 1, idle);
    await run(twice, 2);
    await same(twice, await stateOf(once));
    // All others had something to do, so that doing it twice would have shown.
    assert.deepEqual(idle, ONLY_LOOK);
    for (const path of ['/thirdparty-access/v1/new-api-key', '/thirdparty-access/v1/password']) {
      assert.equal(
        printer.calls.filter((call) => call.path === path).length,
        2,
        `${path}, once for each app`,
      );
    }
    // What was queued has changed messages of days that have facts; after one more run there is nothing left to do.
    await run(once, 1);
    const before = await stateOf(once);
    await run(once, 1);
    await same(once, before);
  });

  it('tells people’s monitors of runs, by all the names they know, and goes on when these do not answer', async () => {
    const scheduled = schedule(once.context);
    const names = scheduled.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const told = scheduled.flatMap(({ name, isMonitored }) =>
      isMonitored === true ? [name] : isMonitored || [],
    );
    assert.deepEqual([...told, 'collate-letter-pdfs-to-be-sent'].sort(), [...MONITORED].sort());

    const pings = () =>
      printer.calls.map(({ path }) => path).filter((path) => path.startsWith('/monitor/key-'));
    const run = async (name: string) => {
      printer.calls.length = 0;
      const found = scheduled.find((one) => one.name === name);
      assert.ok(found);
      await runScheduled(once.context, found, { signal: AbortSignal.timeout(60_000) });
      return pings();
    };
    const of = (name: string, state: string) =>
      `/monitor/key-${name}/${state}?host=${encodeURIComponent(once.context.apiUrl)}`;
    const channels = ['sms', 'email', 'letter'].map((channel) => `delete-${channel}-notifications`);
    assert.deepEqual(await run('delete-notifications-older-than-retention'), [
      ...channels.map((name) => of(name, 'run')),
      ...channels.map((name) => of(name, 'complete')),
    ]);
    printer.answers.push(answerJson(500, {}), answerJson(500, {}));
    assert.deepEqual(await run('delete-inbound-sms'), [
      of('delete-inbound-sms', 'run'),
      of('delete-inbound-sms', 'complete'),
    ]);
    const before = now;
    now = new Date('2026-10-27T16:50:00Z');
    assert.deepEqual(await run('check-time-to-collate-letters'), []);
    now = new Date('2026-10-27T17:50:00Z');
    assert.deepEqual(await run('check-time-to-collate-letters'), [
      of('collate-letter-pdfs-to-be-sent', 'run'),
      of('collate-letter-pdfs-to-be-sent', 'complete'),
    ]);
    now = before;
    const failing = {
      name: 'delete-inbound-sms',
      queue: 'periodic' as const,
      due: () => true,
      isMonitored: true,
    };
    printer.calls.length = 0;
    await assert.rejects(
      runScheduled(
        once.context,
        { ...failing, run: () => Promise.reject(new Error('no')) },
        { signal: AbortSignal.timeout(60_000) },
      ),
    );
    assert.deepEqual(pings(), [of('delete-inbound-sms', 'run'), of('delete-inbound-sms', 'fail')]);
  });

  it('makes billing and status facts that equal a full recount, whenever they are made', async () => {
    const { rows } = await query(
      once,
      `select notification_type as type, key_type, notification_status as status, created_at, billable_units as units,
         coalesce(rate_multiplier, 1)::float as multiplier, postage from notify.notifications where service_id = $1
       union all
       select notification_type, key_type, notification_status, created_at, billable_units,
         coalesce(rate_multiplier, 1)::float, postage from notify.notification_history where service_id = $1`,
      [SERVICE_ID],
    );
    for (let ago = 0; ago <= 9; ago += 1) {
      const day = addDays(londonDay(NOW), -ago);
      for (let time = 0; time < 2; time += 1) {
        await rebuildBilling(once.context, day);
        await rebuildStatuses(once.context, day);
      }
      const own = rows.filter((row) => londonDay(row.created_at) === day && row.key_type !== 'test');
      const statuses = new Map<string, number>();
      const billed = new Map<string, { units: number; sent: number }>();
      for (const row of own) {
        const key = `${row.type} ${row.key_type} ${row.status}`;
        statuses.set(key, (statuses.get(key) ?? 0) + 1);
        if (!BILLABLE[row.type]?.includes(row.status)) continue;
        const sheets = row.type === 'letter' ? row.units : 0;
        const name = `${row.type} ${row.multiplier} ${row.type === 'letter' ? row.postage : 'none'} ${sheets}`;
        const sum = billed.get(name) ?? { units: 0, sent: 0 };
        billed.set(name, { units: sum.units + row.units, sent: sum.sent + 1 });
      }
      const facts = await query(
        once,
        'select * from notify.ft_notification_status where bst_date = $1 and service_id = $2',
        [day, SERVICE_ID],
      );
      assert.deepEqual(
        sumOf(
          facts.rows.map((fact) => [
            `${fact.notification_type} ${fact.key_type} ${fact.notification_status}`,
            fact.notification_count,
          ]),
        ),
        statuses,
        day,
      );
      const billing = await query(
        once,
        'select * from notify.ft_billing where bst_date = $1 and service_id = $2',
        [day, SERVICE_ID],
      );
      const sums = billing.rows.map((fact) => ({
        units: Number(fact.billable_units),
        sent: fact.notifications_sent,
      }));
      const total = (list: { units: number; sent: number }[]) =>
        list.reduce((sum, one) => ({ units: sum.units + one.units, sent: sum.sent + one.sent }), {
          units: 0,
          sent: 0,
        });
      assert.deepEqual(total(sums), total([...billed.values()]), day);
      assert.equal(billing.rows.length, billed.size, day);
    }
    const sms = await query(
      once,
      "select distinct rate::float as rate from notify.ft_billing where notification_type = 'sms'",
    );
    assert.deepEqual(sms.rows, [{ rate: 0.024 }]);
    const letters = await query(
      once,
      "select distinct postage, rate::float as rate from notify.ft_billing where notification_type = 'letter' order by 1, 2",
    );
    assert.deepEqual(
      letters.rows.map((row) => `${row.postage} ${row.rate}`),
      ['first 1.61', 'second 0.77', 'second 0.82'],
    );
  });

  it('makes no facts of a day whose messages are in files', async () => {
    const day = londonDay(new Date(NOW.getTime() - 40 * DAY_MS));
    await assert.rejects(rebuildBilling(once.context, day), FactsArchivedError);
  });

  it('moves old history to files, of which none is lost', async () => {
    const { rows } = await query(
      once,
      'select blob_key, row_count, contents_deleted_at from notify.archived_hours order by 1',
    );
    assert.equal(
      rows.reduce((sum, row) => sum + row.row_count, 0),
      3,
    );
    const lines: string[] = [];
    for (const row of rows) {
      assert.ok(row.contents_deleted_at);
      const bytes = await readBlob(once.test.app.blobs, row.blob_key);
      lines.push(
        ...gunzipSync(bytes ?? Buffer.alloc(0))
          .toString()
          .trim()
          .split('\n'),
      );
    }
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).notification_type),
      ['sms', 'sms', 'sms'],
    );
  });

  it('charges what is left after the free allowance, and agrees on both views of a year', async () => {
    const ctx = once.context;
    assert.equal(await findAllowance(ctx, SERVICE_ID, 2026), 5_000);
    await changeAllowance(ctx, SERVICE_ID, 2026, 10);
    for (let ago = 0; ago <= 9; ago += 1) await rebuildBilling(ctx, addDays(londonDay(NOW), -ago));
    const year = await usageOfYear(ctx, SERVICE_ID, 2026);
    const sms = year.find(({ notificationType }) => notificationType === 'sms');
    assert.ok(sms);
    assert.equal(sms.freeAllowanceUsed, 10);
    assert.equal(sms.chargedUnits, sms.chargeableUnits - 10);
    assert.equal(sms.cost, Number((sms.chargedUnits * 0.024).toFixed(6)));
    const months = await usageByMonth(ctx, SERVICE_ID, 2026);
    const sum = (list: { cost: number; notificationsSent: number }[]) => [
      list.reduce((all, one) => all + one.cost, 0).toFixed(4),
      list.reduce((all, one) => all + one.notificationsSent, 0),
    ];
    assert.deepEqual(sum(months), sum(year));
    assert.deepEqual(new Set(months.map(({ month }) => month)), new Set(['2026-10']));
    // Nothing is sent for free by those who sent very much the year before.
    await query(
      once,
      `insert into notify.ft_billing values ('2026-10-01', $1, $1, 'sms', 'mmg', 1, false, 0.024, 'none', 300000, 300000)`,
      [SERVICE_ID],
    );
    assert.equal(await findAllowance(ctx, SERVICE_ID, 2027), 0);
  });

  it('makes a report of messages, once for a person who asks twice', async () => {
    const { rows } = await query(
      once,
      "insert into notify.users (id, name, email_address, created_at) values (gen_random_uuid(), 'Ann', 'ann@example.test', now()) returning id",
    );
    const wish = {
      serviceId: SERVICE_ID,
      userId: rows[0].id,
      notificationType: 'letter' as const,
      notificationStatus: 'delivered' as const,
    };
    const first = await requestReport(once.context, wish);
    const second = await requestReport(once.context, wish);
    assert.deepEqual([first.isNew, second.isNew, second.request.id], [true, false, first.request.id]);
    await once.drain();
    const text = (await readBlob(once.test.app.blobs, reportKey(first.request.id)))?.toString() ?? '';
    const [header, ...lines] = text.trim().split('\r\n');
    assert.equal(
      header,
      'Recipient,Reference,Template,Type,Sent by,Sent by email,Job,Status,Time,API key name',
    );
    const live = await query(
      once,
      `select count(*)::int as count from notify.notifications where notification_type = 'letter' and key_type <> 'test'
         and notification_status in ('delivered', 'returned-letter', 'sent') and created_at >= $1`,
      [londonMidnight(addDays(londonDay(NOW), -7))],
    );
    assert.equal(lines.length, live.rows[0].count);
    assert.match(lines[0] ?? '', /^A Person,,A letter,letter,,,,(Received|sent|Returned),2026-10-27 0/);
    assert.equal((await requestReport(once.context, wish)).isNew, true);
    now = new Date(NOW.getTime() + 2 * DAY_MS);
    await once.runScheduled('update-report-status-to-deleted');
    now = NOW;
    assert.equal(await readBlob(once.test.app.blobs, reportKey(first.request.id)), undefined);
  });
});

/** Bulk sends have facts of their own beside those of single messages. */
function sumOf(counts: [name: string, count: number][]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

/** Tasks that write nothing unless something is wrong that is not so here. */
const ONLY_LOOK = [
  // Another has just changed the providers.
  'tend-providers-back-to-middle',
  // Goes by the age of files, which tests cannot make older; retention.test.ts turns the clock instead.
  'delete-expired-letter-files',
];
