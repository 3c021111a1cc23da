import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { possibleLetterKeys } from '../letter-production/letter-files.ts';
import { STATUSES, type Status } from '../notifications/notification.ts';
import { KEY_TYPES, type KeyType, NOTIFICATION_TYPES, type NotificationType } from '../services/service.ts';
import { createNotifyApp, type NotifyApp, SERVICE_ID } from '../testing/notify-app.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';
import { cutOffOf } from './archive-notifications.ts';
import { restAfter } from './pace.ts';
import { archiveBatch } from './retention-queries.ts';
import { findLongestWait } from './walk-queries.ts';

const DAY_MS = 86_400_000;

describe('the cut-off of retention', () => {
  it('is London midnight so many days ago, through both changes of the clocks', () => {
    const cutOff = (now: string, days: number) => cutOffOf(new Date(now), days).toISOString();
    assert.equal(cutOff('2026-08-10T03:00:00Z', 7), '2026-08-02T23:00:00.000Z');
    assert.equal(cutOff('2026-01-10T03:00:00Z', 7), '2026-01-03T00:00:00.000Z');
    // Summer time began on 29 March and ended on 25 October.
    assert.equal(cutOff('2026-04-01T03:00:00Z', 7), '2026-03-25T00:00:00.000Z');
    assert.equal(cutOff('2026-03-29T03:00:00Z', 0), '2026-03-29T00:00:00.000Z');
    assert.equal(cutOff('2026-10-28T03:00:00Z', 7), '2026-10-20T23:00:00.000Z');
    assert.equal(cutOff('2026-10-25T03:00:00Z', 0), '2026-10-24T23:00:00.000Z');
    // An hour before midnight UTC London is a day ahead.
    assert.equal(cutOff('2026-08-09T23:30:00Z', 7), '2026-08-02T23:00:00.000Z');
  });
});

/** Internals section 6.11.2, written out. */
const LETTERS: Record<Status, { row: string; file: string }> = {
  created: { row: 'live', file: 'kept' },
  sending: { row: 'live', file: 'kept' },
  'pending-virus-check': { row: 'live', file: 'kept' },
  delivered: { row: 'history', file: 'gone' },
  'returned-letter': { row: 'history', file: 'gone' },
  'technical-failure': { row: 'history', file: 'gone' },
  'temporary-failure': { row: 'history', file: 'gone' },
  'permanent-failure': { row: 'history', file: 'gone' },
  failed: { row: 'history', file: 'gone' },
  sent: { row: 'history', file: 'gone' },
  cancelled: { row: 'history', file: 'gone' },
  'validation-failed': { row: 'history', file: 'gone' },
  'virus-scan-failed': { row: 'history', file: 'kept' },
  pending: { row: 'history', file: 'kept' },
};

describe('retention', () => {
  const now = new Date('2026-08-10T03:00:00Z');
  const cutOff = cutOffOf(now, 7);
  let app: NotifyApp;
  let clock = now;
  before(async () => {
    app = await createNotifyApp({ clock: { now: () => clock } });
  });
  after(() => app[Symbol.asyncDispose]());
  beforeEach(async () => {
    clock = now;
    await query(
      'truncate notify.notifications, notify.notification_history, notify.retention_marks, notify.retention_walks',
    );
    await query('delete from notify.data_retention');
  });
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const blobs = () => app.test.app.blobs;
  const night = () => app.runScheduled('delete-notifications-older-than-retention');
  const idsIn = async (table: string) =>
    new Set((await query(`select id from notify.${table}`)).rows.map((row) => row.id as string));
  const fileKey = (letter: {
    id: string;
    reference: string;
    createdAt: Date;
    keyType: KeyType;
    status: Status;
  }) => {
    const { id, reference, createdAt, keyType, status } = letter;
    const live = keyType === 'test' ? 'test-letters' : 'letters-pdf';
    const folder = status === 'validation-failed' ? 'letters-invalid-pdf' : live;
    return possibleLetterKeys({ id, reference, createdAt }, folder).at(-1) ?? '';
  };
  const exists = async (key: string) => {
    const blob = await blobs().get(key);
    blob?.stream.destroy();
    return blob !== undefined;
  };
  const store = async (cases: Case[]) => {
    const ids = await storeNotifications(app.test.database.db.pool, cases);
    const stored = cases.map((one, place) => ({ ...one, id: ids[place] ?? '' }));
    for (const letter of stored.filter(({ type }) => type === 'letter')) {
      await blobs().put(fileKey(letter), '%PDF-', { contentType: 'application/pdf' });
    }
    return stored;
  };
  interface Case {
    type: NotificationType;
    keyType: KeyType;
    status: Status;
    createdAt: Date;
    sentAt: Date | null;
    reference: string;
  }
  const letterCase = (status: Status, extra: Partial<Case> = {}): Case => ({
    type: 'letter',
    keyType: 'normal',
    status,
    createdAt: new Date(cutOff.getTime() - 1),
    sentAt: null,
    reference: `R${Math.random().toString(36).slice(2).toUpperCase()}`.padEnd(16, 'X').slice(0, 16),
    ...extra,
  });

  it('decides by status alone for every status, channel, kind of key and side of the boundary', async () => {
    const cases = NOTIFICATION_TYPES.flatMap((type) =>
      KEY_TYPES.flatMap((keyType) =>
        STATUSES.flatMap((status) =>
          [new Date(cutOff.getTime() - 1), cutOff].flatMap((createdAt) =>
            [null, new Date(createdAt.getTime() + 1_000)].map((sentAt) =>
              letterCase(status, { type, keyType, createdAt, sentAt }),
            ),
          ),
        ),
      ),
    );
    const stored = await store(cases);
    await night();
    await night();
    const [live, history] = [await idsIn('notifications'), await idsIn('notification_history')];
    for (const one of stored) {
      const isPast = one.createdAt < cutOff;
      const table = live.has(one.id) ? 'live' : history.has(one.id) ? 'history' : 'deleted';
      const wantedRow = !isPast
        ? 'live'
        : one.keyType === 'test'
          ? 'deleted'
          : one.type === 'letter'
            ? LETTERS[one.status].row
            : 'history';
      const name = JSON.stringify(one);
      assert.equal(table, wantedRow, name);
      assert.ok(!(live.has(one.id) && history.has(one.id)), name);
      if (one.type !== 'letter') continue;
      const isFileGone = isPast && (one.keyType === 'test' || LETTERS[one.status].file === 'gone');
      assert.equal(await exists(fileKey(one)), !isFileGone, name);
    }
    assert.equal((await query('select count(*)::int as left from notify.blob_deletions')).rows[0].left, 0);
  });

  it('keeps messages for as long as the service has set', async () => {
    await query(
      `insert into notify.data_retention (service_id, notification_type, days_of_retention, created_at)
       values ($1, 'sms', 3, now()), ($1, 'email', 30, now())`,
      [SERVICE_ID],
    );
    const at = (days: number) => new Date(cutOffOf(now, days).getTime() - 1);
    const [shortSms, , oldEmail, youngEmail] = await storeNotifications(app.test.database.db.pool, [
      { type: 'sms', createdAt: at(3) },
      { type: 'sms', createdAt: cutOffOf(now, 3) },
      { type: 'email', createdAt: at(30) },
      { type: 'email', createdAt: cutOffOf(now, 30) },
    ]);
    await night();
    const history = await idsIn('notification_history');
    assert.deepEqual(history, new Set([shortSms, oldEmail]));
    assert.ok((await idsIn('notifications')).has(youngEmail ?? ''));
    const walks = await query('select days from notify.retention_walks order by days');
    assert.deepEqual(
      walks.rows.map(({ days }) => days),
      [3, 7, 30],
    );
    // Shorter from now on: what was kept goes, though its mark has passed nothing of it.
    await query("update notify.data_retention set days_of_retention = 7 where notification_type = 'email'");
    await night();
    assert.ok((await idsIn('notification_history')).has(youngEmail ?? ''));
  });

  it('archives what the walk of the night left: ids of another time, and rows that were locked', async () => {
    const createdAt = new Date(cutOff.getTime() - 1);
    const [foreign, locked, young] = await storeNotifications(app.test.database.db.pool, [
      { type: 'email', createdAt },
      { type: 'sms', createdAt },
      { type: 'sms', createdAt: cutOff },
    ]);
    // Made elsewhere: the id says nothing of its time.
    const id = 'f4c2ae7c-7f0b-4a64-9d3e-1a0b7c5d2e91';
    await query('update notify.notifications set id = $2 where id = $1', [foreign, id]);
    const client = await app.test.database.db.pool.connect();
    try {
      await client.query('begin');
      await client.query('select 1 from notify.notifications where id = $1 for update', [locked]);
      await night();
      assert.deepEqual(await idsIn('notification_history'), new Set([id]));
      await client.query('commit');
    } finally {
      client.release();
    }
    await night();
    assert.deepEqual(await idsIn('notification_history'), new Set([id, locked]));
    assert.deepEqual(await idsIn('notifications'), new Set([young]));
  });

  it('walks on from where the last night ended, and over more rows than one step has', async () => {
    const at = (milliseconds: number) => new Date(cutOff.getTime() - milliseconds);
    const pool = app.test.database.db.pool;
    const first = await storeNotifications(
      pool,
      Array.from({ length: 2_100 }, (_, place) => ({ type: 'sms' as const, createdAt: at(10_000 - place) })),
    );
    await app.enqueue('notify.delete_notifications_older_than_retention', [{ days: [7] }, { days: [7, 30] }]);
    await app.drain();
    assert.deepEqual(await idsIn('notification_history'), new Set(first));
    const walked = async () =>
      (await query('select walked_to from notify.retention_walks where days = 7')).rows[0].walked_to;
    assert.equal(await walked(), '019fc4b4-a180-0000-0000-000000000000');
    const [last] = await storeNotifications(pool, [{ type: 'sms', createdAt: cutOff }]);
    clock = new Date(now.getTime() + DAY_MS);
    await night();
    assert.ok((await idsIn('notification_history')).has(last ?? ''));
    assert.ok((await walked()) > '019fc4b4-a180');
  });

  it('rests while others wait, and not at all while nobody does', () => {
    assert.equal(restAfter({ tookMs: 100, lagMs: 200 }), 0);
    assert.equal(restAfter({ tookMs: 100, lagMs: 400 }), 800);
    // A tenth of the time is for work however long others wait, and no rest is longer than five seconds.
    assert.equal(restAfter({ tookMs: 100, lagMs: 10_000 }), 900);
    assert.equal(restAfter({ tookMs: 2_000, lagMs: 10_000 }), 5_000);
  });

  it('takes the first attempt of texts and emails for what people wait for', async () => {
    const at = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
    const pool = app.test.database.db.pool;
    const wait = () => findLongestWait(app.test.database.db.kysely, now);
    const [attempted] = await storeNotifications(pool, [
      { type: 'sms', status: 'created', createdAt: at(9) },
      { type: 'sms', status: 'created', createdAt: at(61) },
      { type: 'email', status: 'sending', createdAt: at(8) },
      { type: 'letter', status: 'created', createdAt: at(7) },
      { type: 'sms', status: 'created', keyType: 'test', createdAt: at(6) },
    ]);
    await query('update notify.notifications set send_attempts = 1 where id = $1', [attempted]);
    assert.equal(await wait(), 0);
    await storeNotifications(pool, [
      { type: 'sms', status: 'created', createdAt: at(2) },
      { type: 'email', status: 'created', createdAt: at(3) },
    ]);
    assert.equal(await wait(), 3_000);
  });

  it('takes a letter that becomes final after its time with the next night', async () => {
    const [letter] = await store([letterCase('sending')]);
    assert.ok(letter);
    await night();
    assert.ok((await idsIn('notifications')).has(letter.id));
    await query("update notify.notifications set notification_status = 'delivered'");
    await night();
    assert.deepEqual(await idsIn('notification_history'), new Set([letter.id]));
    assert.equal(await exists(fileKey(letter)), false);
  });

  it('leaves row and file of a letter that an operator sends again while the night runs', async () => {
    const [letter] = await store([letterCase('technical-failure')]);
    assert.ok(letter);
    const client = await app.test.database.db.pool.connect();
    try {
      await client.query('begin');
      await client.query("update notify.notifications set notification_status = 'created' where id = $1", [
        letter.id,
      ]);
      // The operator has not committed: the night passes the row over and does not wait.
      await night();
      await client.query('commit');
    } finally {
      client.release();
    }
    await night();
    assert.ok((await idsIn('notifications')).has(letter.id));
    assert.equal(await exists(fileKey(letter)), true);
  });

  it('lets an operator who comes too late find nothing to send again', async () => {
    const [letter] = await store([letterCase('technical-failure')]);
    assert.ok(letter);
    const { kysely, pool } = app.test.database.db;
    const archiving = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const night = kysely.transaction().execute(async (trx) => {
      const batch = await archiveBatch(trx, {
        serviceId: SERVICE_ID,
        keyType: 'normal',
        types: ['letter'],
        from: new Date(0),
        before: cutOff,
        limit: 10,
      });
      archiving.resolve();
      await goOn.promise;
      return batch.count;
    });
    await archiving.promise;
    const resend = pool.query(
      "update notify.notifications set notification_status = 'created' where id = $1 and notification_status = 'technical-failure'",
      [letter.id],
    );
    goOn.resolve();
    assert.deepEqual([await night, (await resend).rowCount], [1, 0]);
  });

  it('archives once what two nights archive at the same time', async () => {
    const cases = Array.from({ length: 40 }, () => letterCase('delivered'));
    const stored = await store(cases);
    const slice = {
      serviceId: SERVICE_ID,
      keyType: 'normal' as const,
      types: ['letter'] as const,
      from: new Date(0),
      before: cutOff,
      limit: 25,
    };
    const batches = await Promise.all(
      [1, 2, 3].map(() =>
        app.test.database.db.kysely.transaction().execute((trx) => archiveBatch(trx, slice)),
      ),
    );
    assert.equal(batches.reduce((sum, batch) => sum + batch.count, 0) <= stored.length, true);
    await night();
    assert.deepEqual(await idsIn('notification_history'), new Set(stored.map(({ id }) => id)));
    assert.equal((await idsIn('notifications')).size, 0);
  });

  it('writes to history what was last true, and nothing personal', async () => {
    const [id] = await storeNotifications(app.test.database.db.pool, [
      {
        type: 'sms',
        createdAt: new Date(cutOff.getTime() - 1),
        sentBy: 'mmg',
        billableUnits: 2,
        clientReference: 'c',
      },
    ]);
    await night();
    const { rows } = await query('select * from notify.notification_history where id = $1', [id]);
    assert.deepEqual(
      [rows[0].sent_by, rows[0].billable_units, rows[0].client_reference, rows[0].notification_status],
      ['mmg', 2, 'c', 'delivered'],
    );
    assert.ok(!('recipient' in rows[0]) && !('personalisation' in rows[0]));
  });

  it('starts each slot of the clock once, however many processes tick', async () => {
    const running = app.test.app.modules.find(({ definition }) => definition.name === 'notify');
    const tick = running?.module.tasks.find((task) => task.name === 'notify.tick');
    assert.ok(tick);
    const { jobs } = app.test.app.stores[0];
    await query("delete from pgboss.job where name like 'notify.run_%'");
    // Jobs of one minute: the database gives both the same slot unless a minute ends between them.
    await jobs.enqueue(null, tick, [{ payload: {} }, { payload: {} }]);
    await app.drain();
    const { rows } = await query(
      "select data->'p'->>'name' as name, count(*)::int as jobs from pgboss.job where name like 'notify.run_%' group by 1",
    );
    const everyMinute = rows.find((row) => row.name === 'switch-current-sms-provider-on-slow-delivery');
    assert.equal(everyMinute?.jobs, 1);
    const { rows: runs } = await query(
      'select count(*)::int as runs from notify.schedule_runs where task = $1',
      ['switch-current-sms-provider-on-slow-delivery'],
    );
    assert.equal(runs[0].runs, 1);
  });

  it('lets no file of a letter grow older than 90 days', async () => {
    const [letter] = await store([letterCase('sending')]);
    assert.ok(letter);
    clock = new Date(Date.now() + 89 * DAY_MS);
    await app.runScheduled('delete-expired-letter-files');
    assert.equal(await exists(fileKey(letter)), true);
    clock = new Date(Date.now() + 91 * DAY_MS);
    await app.runScheduled('delete-expired-letter-files');
    assert.equal(await exists(fileKey(letter)), false);
    assert.ok((await idsIn('notifications')).has(letter.id));
  });
});
