import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandRefusal, type ModuleCommandValues } from '#platform/module';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';
import { notifyCommands } from './index.ts';

const TEST_ID = '11111111-1111-4111-8111-111111111119';

describe('commands of notify', () => {
  let app: NotifyApp;
  let folder: string;
  const now = new Date('2026-08-10T09:00:00Z');
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-commands-'));
    app = await createNotifyApp({ now });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const count = async (table: string, where = 'true') =>
    (await query(`select count(*)::int as count from notify.${table} where ${where}`)).rows[0].count;
  const run = async (name: string, values: ModuleCommandValues = {}) => {
    const lines: string[] = [];
    const command = notifyCommands(app.context).find((one) => one.name === name);
    assert.ok(command, name);
    const result = await command.run(values, (line) => void lines.push(line));
    return { result: result as Record<string, unknown>, lines };
  };
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('purge what functional tests made, with every trace, and nothing else', async () => {
    const address = `test+${randomUUID()}@example.test`;
    await app.apply([
      declaredService({
        id: TEST_ID,
        name: 'Functional tests',
        api_keys: [{ name: 'k', type: 'normal', secret: randomUUID() }],
        templates: [{ id: randomUUID(), type: 'sms', name: 'T', content: 'x' }],
        sms_senders: [],
        email_reply_to: [],
        letter_contacts: [{ id: randomUUID(), block: 'x', default: true }],
        inbound_number: '07700900123',
        guest_list: ['07700900001'],
        team: [
          { name: 'Test', email: address },
          { name: 'Person', email: 'test.person@example.test' },
        ],
        received_texts: [{ from: '07700900002', content: 'hello' }],
        callbacks: { delivery_receipts: { url: 'https://example.test', bearer_token: 'x'.repeat(10) } },
      }),
    ]);
    await storeNotifications(app.test.database.db.pool, [
      { type: 'sms', createdAt: now, serviceId: TEST_ID },
      { type: 'letter', createdAt: now, serviceId: TEST_ID, reference: 'A'.repeat(16) },
      { type: 'sms', createdAt: now },
    ]);
    const bulk = app.bulkSends();
    await bulk.upload({
      serviceId: TEST_ID,
      fileName: 'a.csv',
      content: Buffer.from('phone number\n07700900001\n'),
    });
    const { result } = await run('purge-functional-test-data', { 'user-email-prefix': 'test' });
    assert.deepEqual(result, { services: 1, users: 1, skipped: ['test.person@example.test'] });
    await app.drain();
    const { rows } = await query(
      "select table_name as name from information_schema.columns where table_schema = 'notify' and column_name = 'service_id'",
    );
    for (const { name } of rows) assert.equal(await count(name, `service_id = '${TEST_ID}'`), 0, name);
    assert.equal(await count('services', `id = '${TEST_ID}'`), 0);
    assert.equal(await count('users', "email_address like 'test+%'"), 0);
    assert.equal(await count('users', "email_address = 'test.person@example.test'"), 1);
    assert.equal(await count('notifications', `service_id = '${SERVICE_ID}'`), 1);
    const left: string[] = [];
    for await (const { key } of app.test.app.blobs.list(`notify/bulk-uploads/${TEST_ID}/`)) left.push(key);
    assert.deepEqual(left, []);
    assert.deepEqual(
      (await run('purge-functional-test-data', { 'user-email-prefix': 'test' })).result.users,
      0,
    );
  });

  it('delete one service and those of its members who are left without any', async () => {
    await app.apply([
      declaredService({
        id: TEST_ID,
        name: 'Gone',
        api_keys: [],
        templates: [],
        sms_senders: [],
        email_reply_to: [],
        team: [{ name: 'A', email: 'a@example.test' }],
      }),
    ]);
    assert.deepEqual((await run('delete-functional-test-service', { 'service-id': TEST_ID })).result, {
      users: 1,
    });
    await assert.rejects(run('delete-functional-test-service', { 'service-id': 'x' }), CommandRefusal);
  });

  it('send to a file, and say what is wrong with one', async () => {
    const good = file('good.csv', 'phone number,name\n07700900001,Ann\n07700900002,Bob\n');
    const { result } = await run('bulk-send', { service: SERVICE_ID, template: TEMPLATES.sms, file: good });
    assert.equal(result.status, 'pending');
    const bad = file('bad.csv', 'phone number,name\n077,Ann\n');
    const lines: string[] = [];
    const command = notifyCommands(app.context).find(({ name }) => name === 'bulk-send');
    await assert.rejects(
      async () =>
        command?.run(
          { service: SERVICE_ID, template: TEMPLATES.sms, file: bad },
          (line) => void lines.push(line),
        ),
      CommandRefusal,
    );
    assert.ok(lines.includes('Row 2: phone number: Mobile number is too short'), lines.join('\n'));
    await query("delete from pgboss.job where name like 'notify.%'");
  });

  it('add inbound numbers, change providers and run what runs by the clock', async () => {
    const numbers = file('numbers.txt', '07700900200\n07700900201\n\nnone\n07700900200\n');
    const added = await run('insert-inbound-numbers', { 'file-name': numbers });
    assert.deepEqual(added.result, { added: 2, known: 1, refused: ['none'] });
    const provider = await run('set-provider', {
      provider: 'mmg',
      priority: '30',
      active: 'no',
      reason: 'broken',
    });
    assert.deepEqual([provider.result.priority, provider.result.active], [30, false]);
    assert.equal(await count('providers_history', "identifier = 'mmg' and reason = 'broken'"), 1);
    await run('run-scheduled-task', { task: 'delete-inbound-sms' });
    // Each command has a result of its own shape; this one is a list.
    const tasks = (await run('scheduled-tasks')).result as unknown as {
      name: string;
      lastFinished: Date | null;
    }[];
    assert.deepEqual(tasks.find(({ name }) => name === 'delete-inbound-sms')?.lastFinished, now);
    await assert.rejects(run('run-scheduled-task', { task: 'nothing' }), CommandRefusal);
  });

  it('show what the next night would archive, and let an operator print a letter again', async () => {
    await query('truncate notify.notifications');
    const old = new Date(now.getTime() - 20 * 86_400_000);
    const [stuck] = await storeNotifications(app.test.database.db.pool, [
      { type: 'letter', createdAt: old, status: 'sending', reference: 'B'.repeat(16) },
      { type: 'letter', createdAt: old, status: 'delivered', reference: 'C'.repeat(16) },
      { type: 'sms', createdAt: old, status: 'delivered', billableUnits: 0 },
    ]);
    const preview = (await run('retention-dry-run')).lines;
    assert.deepEqual(preview, [
      `${SERVICE_ID} letter normal delivered: 1 rows archive, file letters-pdf`,
      `${SERVICE_ID} letter normal sending: 1 rows keep, file null`,
      `${SERVICE_ID} sms normal delivered: 1 rows archive, file null`,
    ]);
    await run('print-letter-again', { 'notification-id': stuck ?? '' });
    assert.equal(await count('notifications', "notification_status = 'created'"), 1);
    await assert.rejects(run('print-letter-again', { 'notification-id': stuck ?? '' }), CommandRefusal);
    const names = file('failed.txt', `NOTIFY.${'B'.repeat(16)}.D.2.C.20260801000000.PDF\n`);
    const found = await run('get-notification-and-service-ids-for-letters-that-failed-to-print', {
      'file-name': names,
    });
    assert.deepEqual(found.lines[1], `${stuck},${SERVICE_ID},${'B'.repeat(16)}`);
    await run('rebuild-ft-billing-for-day', { day: '2026-07-21' });
    assert.equal(await count('ft_billing', "bst_date = '2026-07-21'"), 2);
    await assert.rejects(run('rebuild-ft-billing-for-day', { day: '2026-02-30' }), CommandRefusal);
    await run('populate-annual-billing-with-the-previous-years-allowance', { year: '2026' });
    assert.equal(
      await count('annual_billing', 'financial_year_start = 2026 and free_sms_fragment_limit = 5000'),
      2,
    );
  });
});
