import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandRefusal, type ModuleCommandValues } from '#platform/module';
import { userOfActor } from '../console/access.ts';
import { scanKey } from '../letter-production/letter-files.ts';
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
    app = await createNotifyApp({ now, environment: { REGISTER_FUNCTIONAL_TESTING_BLUEPRINT: 'on' } });
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

  it('come to the same when they run twice at once, and do nothing the third time', async () => {
    const organisationId = '88888888-8888-4888-8888-888888888888';
    const scanned = '99999999-9999-4999-9999-999999999999';
    const actor = { kind: 'operator' as const, id: 'x', name: 'person@load.example.test' };
    const { id: userId } = await userOfActor(app.context, actor);
    await query(
      `insert into notify.organisations (id, name, organisation_type, created_at) values ($1, 'Town', 'local', now())`,
      [organisationId],
    );
    await query('update notify.services set created_by_id = $1, organisation_id = null where id = $2', [
      userId,
      SERVICE_ID,
    ]);
    const [letter] = await storeNotifications(app.test.database.db.pool, [
      {
        type: 'letter',
        createdAt: now,
        status: 'technical-failure',
        reference: 'D'.repeat(16),
        billableUnits: 1,
      },
      { type: 'letter', createdAt: now, status: 'technical-failure', reference: 'E'.repeat(16) },
      { type: 'sms', createdAt: now, status: 'delivered', sentBy: 'mmg' },
    ]);
    await query('update notify.notifications set id = $1 where reference = $2', [scanned, 'E'.repeat(16)]);
    await app.test.app.blobs.put(scanKey(scanned), '%PDF-', { contentType: 'application/pdf' });
    const bulk = await app.bulkSends().upload({
      serviceId: SERVICE_ID,
      fileName: 'p.csv',
      content: Buffer.from('phone number,name\n07700900001,Ann\n'),
    });
    await app.bulkSends().check({ serviceId: SERVICE_ID, uploadId: bulk.id, templateId: TEMPLATES.sms });
    await app.bulkSends().create({ serviceId: SERVICE_ID, uploadId: bulk.id, createdById: null });
    await app.drain();
    await query('update notify.notifications set job_row_number = 7 where job_id = $1', [bulk.id]);

    const day = '2026-08-10';
    const orgs = file(
      'orgs.txt',
      'name|type|crown|signed|domains|email|letter\nNew Town|local|0|1|load.example.test,a.test|NHS|NHS\n',
    );
    const agreements = file('agreed.csv', `id,version,name,day\n${organisationId},3,A Person,05/03/2026\n`);
    const volumes = file('volumes.csv', `service,sms,email,letter\n${SERVICE_ID},10,20,30\n`);
    const live = file(
      'live.csv',
      `0,1,2,3,4,5,6,7,8\n,,${SERVICE_ID},,,,person@load.example.test,,04/02/2026,,,,,\n`,
    );
    const people = file('people.txt', 'One@example.gov.uk\nnobody\ntwo@example.gov.uk\none@example.gov.uk\n');
    const invitation = { 'file-name': people, 'service-id': SERVICE_ID, 'user-id': userId };
    const notification = { 'notification-id': letter ?? '' };
    // Each with what must be there once after it: a query for one number, and that number.
    const cases: [name: string, values: ModuleCommandValues, probe: string, wanted: number][] = [
      [
        'insert-inbound-numbers',
        { 'file-name': file('n.txt', '07700900300\n') },
        "inbound_numbers where number = '07700900300'",
        1,
      ],
      ['rebuild-ft-billing-for-day', { day }, `ft_billing where bst_date = '${day}'`, 1],
      [
        'populate-annual-billing-with-the-previous-years-allowance',
        { year: '2027' },
        `annual_billing where financial_year_start = 2027 and service_id = '${SERVICE_ID}'`,
        1,
      ],
      [
        'fix-billable-units',
        {},
        "notifications where notification_type = 'sms' and sent_by = 'mmg' and billable_units = 1",
        1,
      ],
      [
        'populate-organisations-from-file',
        { 'file-name': orgs },
        "organisation_domains d join notify.organisations o on o.id = d.organisation_id where o.name = 'New Town' and o.email_branding_id is not null",
        2,
      ],
      [
        'populate-organisation-agreement-details-from-file',
        { 'file-name': agreements },
        'organisations where agreement_signed_version = 3',
        1,
      ],
      [
        'populate-service-volume-intentions',
        { 'file-name': volumes },
        `settings_history where kind = 'service' and id = '${SERVICE_ID}'`,
        1,
      ],
      [
        'populate-go-live',
        { 'file-name': live },
        `settings_history where kind = 'service' and id = '${SERVICE_ID}'`,
        2,
      ],
      [
        'associate-services-to-organisations',
        {},
        "services s join notify.organisations o on o.id = s.organisation_id where o.name = 'New Town'",
        1,
      ],
      [
        'bulk-invite-user-to-service',
        { ...invitation, permissions: 'send_texts,send_emails' },
        'invited_users',
        2,
      ],
      [
        'create-platform-admin',
        { name: 'Chief', email: 'chief@example.gov.uk' },
        'users where platform_admin',
        1,
      ],
      [
        'print-letter-again',
        notification,
        `notifications where id = '${letter}' and notification_status = 'created'`,
        1,
      ],
      ['replay-create-pdf-for-templated-letter', notification, `notifications where id = '${letter}'`, 1],
      [
        'replay-letters-in-error',
        {},
        `notifications where id = '${scanned}' and notification_status = 'validation-failed'`,
        1,
      ],
      [
        'recreate-pdf-for-precompiled-or-uploaded-letter',
        { 'notification-id': scanned },
        `notifications where id = '${scanned}'`,
        1,
      ],
      [
        'process-row-from-job',
        { 'job-id': bulk.id, 'job-row-number': '0' },
        `notifications where job_id = '${bulk.id}'`,
        2,
      ],
      [
        'archive-jobs-created-between-dates',
        { 'start-date': day, 'end-date': day },
        'bulk_sends where archived',
        1,
      ],
      [
        'run-scheduled-task',
        { task: 'delete-inbound-sms' },
        "schedule_runs where task = 'delete-inbound-sms'",
        1,
      ],
      ['functional-test-fixtures', {}, "templates where name like 'Functional Tests%'", 3],
      [
        'generate-bulktest-data',
        { 'user-id': userId, services: '2', messages: '40', days: '3' },
        "notifications where service_id::text like '10ad7e57%'",
        40,
      ],
      ['delete-functional-test-service', { 'service-id': TEST_ID }, `services where id = '${TEST_ID}'`, 0],
      [
        'purge-functional-test-data',
        { 'user-email-prefix': 'chief' },
        "users where email_address like 'chief+%'",
        0,
      ],
    ];
    for (const [name, values, probe, wanted] of cases) {
      const both = await Promise.all([refused(name, values), refused(name, values)]);
      await app.drain();
      assert.ok(both.includes(false), `${name} does its work`);
      const done = await tally();
      const { rows } = await query(`select count(*)::int as count from notify.${probe}`);
      assert.equal(rows[0].count, wanted, name);
      await refused(name, values);
      await app.drain();
      assert.equal(await tally(), done, name);
    }
    const tested = new Set(cases.map(([name]) => name));
    const others = notifyCommands(app.context)
      .map(({ name }) => name)
      .filter((name) => !tested.has(name));
    assert.deepEqual(others.sort(), NOT_REPEATED);
  });

  /** Whether a command would not run again: its work is done. */
  async function refused(name: string, values: ModuleCommandValues): Promise<boolean> {
    try {
      await run(name, values);
      return false;
    } catch (error) {
      if (error instanceof CommandRefusal) return true;
      throw error;
    }
  }

  /** How many rows each table has. */
  async function tally(): Promise<string> {
    const { rows } = await query(
      "select table_name as name from information_schema.tables where table_schema = 'notify' order by 1",
    );
    const counts = rows.map(({ name }) => `select '${name}', count(*)::int from notify.${name}`);
    return JSON.stringify((await query(counts.join(' union all '))).rows);
  }
});

/** Each sends anew, tells only, or notes who changed what and when. */
const NOT_REPEATED = [
  'bulk-send',
  'get-notification-and-service-ids-for-letters-that-failed-to-print',
  'retention-dry-run',
  'scheduled-tasks',
  'set-provider',
];
