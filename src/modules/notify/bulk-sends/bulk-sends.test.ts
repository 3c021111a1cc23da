import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { userOfActor } from '../console/access.ts';
import { sendOneOff } from '../one-offs/send-one-off.ts';
import { cancelLetter } from '../printing/operate-letters.ts';
import { changeLiveFile } from '../template-files/live-files.ts';
import { addTemplateFile, filesOfVersion, templateFileKey } from '../template-files/template-files.ts';
import { answerJson, type FakeProvider, startFakeProvider } from '../testing/fake-provider.ts';
import { type MailSink, startMailSink } from '../testing/mail-sink.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { BulkSendRefusal, type BulkSends, type RefusalCode } from './bulk-sends.ts';

const OTHER_ID = '11111111-1111-4111-8111-111111111112';
const LETTERS =
  'name,address line 1,address line 2,postcode\nAnn,Ann,1 High Street,SW1A 1AA\nBob,Bob,2 High Street,SW1A 1AA\n';

describe('bulk sends', () => {
  let app: NotifyApp;
  let mmg: FakeProvider;
  let mail: MailSink;
  let bulk: BulkSends;
  let now = new Date('2026-08-03T10:00:00Z');
  before(async () => {
    mmg = await startFakeProvider(answerJson(200, {}));
    mail = await startMailSink();
    app = await createNotifyApp({
      clock: { now: () => now },
      environment: { MMG_URL: mmg.url, FIRETEXT_URL: mmg.url, SMTP_URL: mail.url },
      services: [
        declaredService(),
        declaredService({
          id: OTHER_ID,
          name: 'Other Affairs',
          api_keys: [],
          templates: [],
          sms_senders: [],
          email_reply_to: [],
        }),
      ],
    });
    bulk = app.bulkSends();
    await query("update notify.providers set active = false where identifier = 'firetext'");
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await mmg[Symbol.asyncDispose]();
    await mail[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    now = new Date('2026-08-03T10:00:00Z');
    mmg.calls.length = 0;
    await query('truncate notify.notifications, notify.notification_history, notify.daily_counters');
    await query('delete from notify.bulk_sends');
    await query("delete from pgboss.job where name like 'notify.%'");
  });
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const texts = (count: number, name = 'Ann') =>
    `phone number,name,reference\n${Array.from({ length: count }, (_, row) => `07700${String(900_001 + (row % 90_000)).padStart(6, '0')},${name},ref-${row}`).join('\n')}\n`;
  const upload = async (csv: string, templateId: string = TEMPLATES.sms) => {
    const made = await bulk.upload({
      serviceId: SERVICE_ID,
      fileName: 'people.csv',
      content: Buffer.from(csv),
    });
    const check = await bulk.check({ serviceId: SERVICE_ID, uploadId: made.id, templateId });
    return { id: made.id, check };
  };
  const create = async (
    csv: string,
    extra: { scheduledFor?: Date } = {},
    templateId: string = TEMPLATES.sms,
  ) => {
    const { id } = await upload(csv, templateId);
    return bulk.create({ serviceId: SERVICE_ID, uploadId: id, createdById: null, ...extra });
  };
  const find = async (id: string) => {
    const found = await bulk.find(SERVICE_ID, id);
    assert.ok(found);
    return found;
  };
  const rowsOf = async (id: string) =>
    (
      await query(
        'select job_row_number as row, notification_status as status, client_reference as reference from notify.notifications where job_id = $1 order by 1',
        [id],
      )
    ).rows;
  const refusal = async (code: RefusalCode, work: Promise<unknown>) =>
    assert.rejects(work, (error) => error instanceof BulkSendRefusal && error.code === code);

  it('send every row once, in the order of the file, and can be made and processed twice', async () => {
    const first = await create(texts(520));
    const again = await bulk.create({ serviceId: SERVICE_ID, uploadId: first.id, createdById: null });
    assert.deepEqual([first.status, again.id], ['pending', first.id]);
    await app.enqueue('notify.process_job', [{ id: first.id }, { id: first.id }]);
    await app.drain();
    const done = await find(first.id);
    assert.equal(done.status, 'finished all notifications created');
    assert.deepEqual(done.statistics, [{ status: 'sending', count: 520 }]);
    const rows = await rowsOf(first.id);
    assert.deepEqual(
      rows.map(({ row }) => row),
      Array.from({ length: 520 }, (_, row) => row),
    );
    assert.equal(rows[7].reference, 'ref-7');
    assert.equal(new Set(mmg.calls.map((call) => JSON.parse(call.body).cid)).size, 520);
    assert.equal(mmg.calls.length, 520);
    assert.match(mmg.calls[0]?.body ?? '', /Hello Ann/);
    const { rows: counters } = await query(
      'select count::int from notify.daily_counters where channel = $1',
      ['sms'],
    );
    assert.equal(counters[0].count, 520);
    assert.equal(await bulk.countRows(SERVICE_ID, first.id), 520);
  });

  it('go on after a worker died between two pages, with no row missing or doubled', async () => {
    const send = await create(texts(520));
    // As a worker leaves it that was killed after its first page; and as one that a second worker took over from.
    await query(
      `create or replace function notify.die_once() returns trigger language plpgsql as $$ begin
         if new.next_row = 520 then raise exception 'killed'; end if; return new; end $$`,
    );
    await query(
      'create trigger die before update on notify.bulk_sends for each row execute function notify.die_once()',
    );
    await app.drain().catch(() => undefined);
    await query('drop trigger die on notify.bulk_sends');
    assert.equal((await rowsOf(send.id)).length, 500);
    assert.equal((await find(send.id)).status, 'error');
    now = new Date(now.getTime() + 40 * 60_000);
    await query("update notify.bulk_sends set status = 'in progress'");
    await Promise.all([app.runScheduled('check-job-status'), app.runScheduled('check-job-status')]);
    const rows = await rowsOf(send.id);
    assert.deepEqual(
      rows.map(({ row }) => row),
      Array.from({ length: 520 }, (_, row) => row),
    );
    assert.equal((await find(send.id)).status, 'finished all notifications created');
    assert.equal(mmg.calls.length, 520);
  });

  it('repair a row that is missing, also when there is none at all', async () => {
    const send = await create(texts(5));
    await app.drain();
    await query('delete from notify.notifications where job_row_number in (1, 3)');
    await query("update notify.bulk_sends set status = 'finished'");
    now = new Date(now.getTime() + 21 * 60_000);
    await app.runScheduled('check-for-missing-rows-in-completed-jobs');
    assert.equal((await rowsOf(send.id)).length, 5);
    await query('delete from notify.notifications');
    await query("update notify.bulk_sends set status = 'finished'");
    await app.runScheduled('check-for-missing-rows-in-completed-jobs');
    assert.equal((await rowsOf(send.id)).length, 5);
    assert.equal((await find(send.id)).status, 'finished all notifications created');
  });

  it('send nothing at all when the day has no room for every row', async () => {
    const late = await create(texts(3));
    await query("delete from pgboss.job where name = 'notify.process_job'");
    const send = await create(texts(3));
    await query("insert into notify.daily_counters values ($1, 'sms', '2026-08-03', 999999997)", [
      SERVICE_ID,
    ]);
    await app.drain();
    const stopped = await find(send.id);
    assert.deepEqual([stopped.status, stopped.processingFinished], ['sending limits exceeded', now]);
    assert.equal((await rowsOf(send.id)).length, 0);
    // Nor when it waited so long that it was taken for stuck.
    now = new Date(now.getTime() + 31 * 60_000);
    await app.runScheduled('check-job-status');
    assert.equal((await find(late.id)).status, 'sending limits exceeded');
    assert.equal((await rowsOf(late.id)).length, 0);
  });

  it('end with their service', async () => {
    const activate = async (isActive: boolean) => {
      await query('update notify.services set active = $2 where id = $1', [SERVICE_ID, isActive]);
      app.clearCaches();
    };
    const send = await create(texts(3));
    await activate(false);
    await app.drain();
    await activate(true);
    assert.deepEqual([(await find(send.id)).status, (await rowsOf(send.id)).length], ['cancelled', 0]);
    const actor = { kind: 'system' as const, id: 'test', name: 'test' };
    const { jobs } = app.test.app.stores[0];
    await jobs.pause('notify.deliver_sms', actor);
    const late = await create(texts(2));
    await app.drain();
    await activate(false);
    await jobs.resume('notify.deliver_sms', actor);
    await app.drain();
    await activate(true);
    assert.deepEqual((await find(late.id)).statistics, [{ status: 'technical-failure', count: 2 }]);
    assert.equal(mmg.calls.length, 0);
  });

  it('fail for good when no provider is active until all retries are used up', async () => {
    const activate = async (isActive: boolean) => {
      await query("update notify.providers set active = $1 where identifier = 'mmg'", [isActive]);
      await app.runScheduled('tend-providers-back-to-middle');
    };
    await activate(false);
    const send = await create(texts(2));
    await app.drain();
    await activate(true);
    now = new Date(now.getTime() + 2 * 3_600_000);
    await app.runScheduled('replay-created-notifications');
    assert.deepEqual((await find(send.id)).statistics, [{ status: 'technical-failure', count: 2 }]);
    assert.equal(mmg.calls.length, 0);
  });

  it('wait for their time and can be cancelled until then, once', async () => {
    const due = new Date(now.getTime() + 3_600_000);
    const [kept, dropped] = [
      await create(texts(2), { scheduledFor: due }),
      await create(texts(2), { scheduledFor: due }),
    ];
    assert.deepEqual(await bulk.scheduled(SERVICE_ID), { count: 2, soonest: due });
    await app.runScheduled('run-scheduled-jobs');
    assert.equal((await find(kept.id)).status, 'scheduled');
    assert.equal((await bulk.cancel(SERVICE_ID, dropped.id))?.status, 'cancelled');
    assert.equal(await bulk.cancel(SERVICE_ID, dropped.id), undefined);
    now = due;
    await Promise.all([app.runScheduled('run-scheduled-jobs'), app.runScheduled('run-scheduled-jobs')]);
    assert.equal((await find(kept.id)).status, 'finished all notifications created');
    assert.equal(await bulk.cancel(SERVICE_ID, kept.id), undefined);
    assert.deepEqual([mmg.calls.length, (await rowsOf(dropped.id)).length], [2, 0]);
  });

  it('are refused for what is not valid, too late, too early or somebody else’s', async () => {
    const { id, check } = await upload('phone number,name\n077,Ann\n');
    assert.equal(check.isValid, false);
    await refusal('not-valid', bulk.create({ serviceId: SERVICE_ID, uploadId: id, createdById: null }));
    await refusal('upload-not-found', bulk.create({ serviceId: OTHER_ID, uploadId: id, createdById: null }));
    await refusal('scheduled-in-past', create(texts(1), { scheduledFor: new Date(now.getTime() - 1) }));
    await refusal(
      'scheduled-too-far',
      create(texts(1), { scheduledFor: new Date(now.getTime() + 7 * 86_400_000 + 1) }),
    );
    await refusal(
      'template-not-found',
      bulk.check({ serviceId: SERVICE_ID, uploadId: id, templateId: randomUUID() }),
    );
    const choice = { serviceId: SERVICE_ID, uploadId: id, templateId: TEMPLATES.sms, senderId: randomUUID() };
    await refusal('sender-not-found', bulk.check(choice));
    assert.equal(await bulk.find(OTHER_ID, id), undefined);
  });

  it('send again what failed and nothing else, once however often they are asked', async () => {
    const first = await create(texts(6));
    await app.drain();
    const request = { serviceId: SERVICE_ID, id: first.id, createdById: null };
    await refusal('still-sending', bulk.resendFailed(request));
    await query("update notify.notifications set notification_status = 'delivered'");
    await refusal('nothing-failed', bulk.resendFailed(request));
    await query(
      "update notify.notifications set notification_status = 'temporary-failure' where job_row_number in (1, 4)",
    );
    // The night has come between: the first of the two is in history, and the file still there.
    await query(
      `insert into notify.notification_history
       select (jsonb_populate_record(null::notify.notification_history, to_jsonb(n))).*
       from notify.notifications n where job_row_number = 1`,
    );
    await query('delete from notify.notifications where job_row_number = 1');
    mmg.calls.length = 0;
    const [one, two] = await Promise.all([bulk.resendFailed(request), bulk.resendFailed(request)]);
    assert.deepEqual([one.id, one.resendOfId, one.notificationCount], [two.id, first.id, 2]);
    // The day has no room for them, and then it has.
    await query("update notify.daily_counters set count = 999999999 where channel = 'sms'");
    await app.drain();
    assert.equal((await bulk.resendFailed(request)).status, 'pending');
    await query('truncate notify.daily_counters');
    await Promise.all([bulk.resendFailed(request), app.drain()]);
    assert.deepEqual(
      (await rowsOf(one.id)).map(({ reference }) => reference),
      ['ref-1', 'ref-4'],
    );
    assert.equal(mmg.calls.length, 2);
    assert.equal((await bulk.resendFailed(request)).id, one.id);
  });

  it('refuse a template that asks for more than the file has, which was checked for a former version', async () => {
    const first = await create(texts(2));
    await app.drain();
    const { id } = await upload(texts(1));
    await query("update notify.notifications set notification_status = 'temporary-failure'");
    const change = (content: string) =>
      query(
        `with t as (update notify.templates set content = $2, version = version + 1 where id = $1 returning *)
         insert into notify.templates_history
         select (jsonb_populate_record(null::notify.templates_history, to_jsonb(t))).* from t`,
        [TEMPLATES.sms, content],
      );
    const { rows } = await query('select content from notify.templates where id = $1', [TEMPLATES.sms]);
    await change(`${rows[0].content} ((colour))`);
    app.clearCaches();
    await refusal('not-valid', bulk.create({ serviceId: SERVICE_ID, uploadId: id, createdById: null }));
    await refusal('not-valid', bulk.resendFailed({ serviceId: SERVICE_ID, id: first.id, createdById: null }));
    await change(rows[0].content);
    app.clearCaches();
    await bulk.create({ serviceId: SERVICE_ID, uploadId: id, createdById: null });
  });

  it('report every row with what became of it', async () => {
    const send = await create('phone number,name\n07700900001,"Ann, B"\n07700900002,=Bob()\n');
    let early = '';
    for await (const piece of bulk.report(SERVICE_ID, send.id)) early += piece;
    assert.match(
      early,
      /^Row number,phone number,name,Template,Type,Sent by,Sent by email,Job,Status,Time\r\n1,07700900001,"Ann, B",A text,sms,,,people.csv,,\r\n/,
    );
    await app.drain();
    await query(
      "update notify.notifications set notification_status = 'permanent-failure' where job_row_number = 1",
    );
    let text = '';
    for await (const piece of bulk.report(SERVICE_ID, send.id)) text += piece;
    assert.deepEqual(text.split('\r\n').slice(1, 3), [
      '1,07700900001,"Ann, B",A text,sms,,,people.csv,Sending,2026-08-03 11:00:00',
      "2,07700900002,'=Bob(),A text,sms,,,people.csv,Phone number doesn’t exist,2026-08-03 11:00:00",
    ]);
  });

  it('keep what nothing may be sent to as failed, so that they are complete', async () => {
    const { id } = await upload(texts(3));
    // Trial mode began between the check and the start.
    await bulk.create({ serviceId: SERVICE_ID, uploadId: id, createdById: null });
    await query('update notify.services set restricted = true where id = $1', [SERVICE_ID]);
    app.clearCaches();
    await app.drain();
    await query('update notify.services set restricted = false where id = $1', [SERVICE_ID]);
    app.clearCaches();
    assert.deepEqual((await find(id)).statistics, [{ status: 'validation-failed', count: 3 }]);
    assert.deepEqual([(await find(id)).status, mmg.calls.length], ['finished all notifications created', 0]);
  });

  it('print letters, or cancel all of them in time', async () => {
    const send = await create(LETTERS, {}, TEMPLATES.letter);
    await refusal('still-processing', bulk.cancelLetters(SERVICE_ID, send.id));
    await app.drain();
    const { rows } = await query(
      'select billable_units, reference, recipient from notify.notifications order by job_row_number',
    );
    assert.deepEqual([rows[0].billable_units, rows[0].recipient], [1, 'Ann\n1 High Street\nSW1A 1AA']);
    assert.match(rows[0].reference, /^[A-Z0-9]{16}$/);
    const cancelled = await query('select id from notify.notifications where job_row_number = 0');
    await cancelLetter(app.context, SERVICE_ID, cancelled.rows[0].id);
    assert.equal(await bulk.cancelLetters(SERVICE_ID, send.id), 2);
    await refusal('still-processing', bulk.cancelLetters(SERVICE_ID, send.id));
    assert.deepEqual((await find(send.id)).statistics, [{ status: 'cancelled', count: 2 }]);
    const counter = await query("select count::int from notify.daily_counters where channel = 'letter'");
    assert.equal(counter.rows[0].count, 0);

    const late = await create(LETTERS, {}, TEMPLATES.letter);
    await app.drain();
    now = new Date('2026-08-03T16:30:00Z');
    await refusal('too-late', bulk.cancelLetters(SERVICE_ID, late.id));
    await refusal('not-letters', bulk.cancelLetters(SERVICE_ID, (await create(texts(1))).id));
  });

  it('are made of contact lists, which keep their file until they are deleted', async () => {
    const { id } = await upload('phone number,name\n07700900001,Ann\n');
    const list = await bulk.saveContactList({
      serviceId: SERVICE_ID,
      uploadId: id,
      templateType: 'sms',
      createdById: null,
    });
    assert.deepEqual([list.rowCount, list.hasJobs, list.originalFileName], [1, false, 'people.csv']);
    const copy = await bulk.useContactList(SERVICE_ID, list.id);
    const check = await bulk.check({ serviceId: SERVICE_ID, uploadId: copy.id, templateId: TEMPLATES.sms });
    assert.equal(check.isValid, true);
    const request = { serviceId: SERVICE_ID, uploadId: copy.id, createdById: null, contactListId: list.id };
    const send = await bulk.create(request);
    await app.drain();
    assert.equal(mmg.calls.length, 1);
    assert.equal((await bulk.findContactList(SERVICE_ID, list.id))?.recentJobCount, 1);
    assert.deepEqual(
      (await bulk.list({ serviceId: SERVICE_ID, contactListId: list.id })).items.map((one) => one.id),
      [send.id],
    );
    assert.equal(await bulk.deleteContactList(SERVICE_ID, list.id), true);
    assert.equal(await bulk.deleteContactList(SERVICE_ID, list.id), false);
    await refusal('not-found', bulk.useContactList(SERVICE_ID, list.id));
    assert.deepEqual(await bulk.listContactLists(SERVICE_ID), []);
  });

  it('give each recipient a copy of the files that their template links to', async () => {
    const templateId = '33333333-3333-4333-8333-333333333339';
    const content = 'Dear ((name)), read ((instructions.txt))';
    await app.apply([
      {
        id: SERVICE_ID,
        name: 'Pigeon Affairs',
        templates: [{ id: templateId, type: 'email', name: 'Files', subject: 'x', content }],
      },
    ]);
    const about = { serviceId: SERVICE_ID, templateId, templateVersion: 1, createdById: null };
    const added = await addTemplateFile(app.context, {
      ...about,
      filename: 'instructions.txt',
      linkText: 'the instructions',
      retentionWeeks: 4,
      confirmsEmail: true,
      content: Buffer.from('Feed it.'),
    });
    const csv = 'email address,name\nann@example.test,Ann\nbob@example.test,Bob\n';
    assert.deepEqual(
      (await upload(csv, templateId)).check.problems.map(({ code }) => code),
      ['missing-columns'],
    );
    const of = { serviceId: SERVICE_ID, templateId, id: added.id };
    await changeLiveFile(app.context, of, { pending: false });
    const send = await create(csv, {}, templateId);
    await app.drain();
    const { rows } = await query('select personalisation from notify.notifications where job_id = $1', [
      send.id,
    ]);
    const texts = rows.map((row) =>
      String(JSON.parse(app.context.secrets.open(row.personalisation))['instructions.txt']),
    );
    assert.equal(new Set(texts).size, 2);
    for (const text of texts) assert.match(text, /^\[the instructions\]\(http.*\/d\/.*\?key=.*\)$/);
    const sent = await app.call({
      url: '/v2/notifications/email',
      body: { template_id: templateId, email_address: 'cat@example.test', personalisation: { name: 'Cat' } },
    });
    assert.equal(sent.statusCode, 201, sent.body);
    assert.match(sent.json().content.body, /^Dear Cat, read \[the instructions\]\(http.*\/d\//);
    const stored = await query(
      'select document_download_count as count from notify.notifications where id = $1',
      [sent.json().id],
    );
    assert.equal(stored.rows[0].count, 1);
    const creator = await userOfActor(app.context, { kind: 'operator', id: 'x', name: 'one@example.test' });
    const one = await sendOneOff(app.context, {
      serviceId: SERVICE_ID,
      templateId,
      to: 'dog@example.test',
      personalisation: { name: 'Dog' },
      senderId: undefined,
      creator,
      needsMembership: false,
      correlationId: 'x',
    });
    const single = (
      await query('select personalisation, document_download_count from notify.notifications where id = $1', [
        one,
      ])
    ).rows[0];
    assert.match(app.context.secrets.open(single.personalisation), /\[the instructions\]\(http/);
    assert.equal(single.document_download_count, 1);
    // What changes about a file that is part of the template is a version of the template.
    const versions = async () =>
      (await query('select version from notify.templates_history where id = $1 order by 1', [templateId]))
        .rows.length;
    assert.equal(await versions(), 1);
    await changeLiveFile(app.context, of, { link_text: 'what to do' });
    assert.equal(await versions(), 2);
    const linkText = async (version: number) =>
      (await filesOfVersion(app.context, { id: templateId, version })).map((file) => file.link_text);
    assert.deepEqual([await linkText(1), await linkText(2)], [['the instructions'], ['what to do']]);
    // Archived, it is part of messages no more; two weeks later it is gone.
    await changeLiveFile(app.context, of, { archived: { byId: creator.id } });
    assert.equal(await versions(), 3);
    assert.equal((await upload(csv, templateId)).check.isValid, false);
    now = new Date(now.getTime() + 15 * 86_400_000);
    await app.runScheduled('remove-archived-template-email-files-from-s3');
    assert.equal(await app.context.blobs.get(templateFileKey(SERVICE_ID, added.id)), undefined);
    await query("delete from pgboss.job where name like 'notify.%'");
  });

  it('leave no file behind that nothing was made of', async () => {
    const [sent, forgotten] = [(await create(texts(1))).id, (await upload(texts(1))).id];
    await app.drain();
    now = new Date(now.getTime() + 25 * 3_600_000);
    await app.runScheduled('delete-forgotten-uploads');
    assert.equal(await bulk.findUpload(SERVICE_ID, forgotten), undefined);
    assert.equal(await bulk.readUpload(SERVICE_ID, forgotten), undefined);
    assert.ok(await bulk.readUpload(SERVICE_ID, sent));
    const keys: string[] = [];
    for await (const { key } of app.test.app.blobs.list(`notify/bulk-uploads/${SERVICE_ID}/${sent}`))
      keys.push(key);
    // Sealed: no recipient can be read off the disk.
    const blob = await app.test.app.blobs.get(keys[0] ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of blob?.stream ?? []) chunks.push(chunk);
    assert.ok(!Buffer.concat(chunks).toString('latin1').includes('07700'));
  });
});
