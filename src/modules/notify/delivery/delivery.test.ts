import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Job, JobsLostError, type TaskRun } from '#platform/jobs';
import type { NotificationPayload } from '../tasks/definitions.ts';
import { answerJson, breakOff, type FakeProvider, startFakeProvider } from '../testing/fake-provider.ts';
import { type MailSink, startMailSink } from '../testing/mail-sink.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  newUuid,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { deliver } from './deliver.ts';

interface Shown {
  id: string;
  status: string;
  sent_at: string | null;
  completed_at: string | null;
  cost_in_pounds: number | null;
  cost_details: Record<string, number>;
}

describe('delivery', () => {
  let app: NotifyApp;
  let mmg: FakeProvider;
  let firetext: FakeProvider;
  let receiver: FakeProvider;
  let mail: MailSink;
  before(async () => {
    mmg = await startFakeProvider(answerJson(200, { Reference: 1 }));
    firetext = await startFakeProvider(answerJson(200, { code: 0 }));
    receiver = await startFakeProvider();
    mail = await startMailSink();
    app = await createNotifyApp({
      environment: {
        MMG_URL: mmg.url,
        FIRETEXT_URL: firetext.url,
        SMTP_URL: mail.url,
        MMG_API_KEY: 'mmg-key',
      },
      services: [
        declaredService({
          callbacks: {
            delivery_receipts: { url: `${receiver.url}/receipts`, bearer_token: 'a token of mine' },
          },
          inbound_number: '07700900456',
        }),
      ],
    });
    await app.test.database.db.pool.query(
      "update notify.providers set active = false where identifier = 'firetext'",
    );
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await Promise.all([mmg, firetext, receiver, mail].map((one) => one[Symbol.asyncDispose]()));
  });

  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const sendSms = async (extra: object = {}, key: 'normal' | 'test' = 'normal'): Promise<string> => {
    const body = {
      template_id: TEMPLATES.sms,
      phone_number: '07700900123',
      personalisation: { name: 'Ann' },
      ...extra,
    };
    const response = await app.call({ url: '/v2/notifications/sms', body, key });
    assert.equal(response.statusCode, 201, response.body);
    return response.json<{ id: string }>().id;
  };
  const sendEmail = async (extra: object = {}, key: 'normal' | 'test' = 'normal'): Promise<string> => {
    const body = {
      template_id: TEMPLATES.email,
      email_address: 'ann@example.test',
      personalisation: { name: 'Ann' },
      ...extra,
    };
    const response = await app.call({ url: '/v2/notifications/email', body, key });
    assert.equal(response.statusCode, 201, response.body);
    return response.json<{ id: string }>().id;
  };
  const read = async (id: string): Promise<Shown> =>
    (await app.call({ url: `/v2/notifications/${id}` })).json<Shown>();
  const mailsOf = (id: string) => mail.mails.filter(({ headers }) => headers['message-id']?.includes(id));

  it('hands a text to MMG exactly as its interface says, and knows its fragments', async () => {
    mmg.calls.length = 0;
    const id = await sendSms();
    await app.drain();
    assert.equal(mmg.calls.length, 1);
    assert.equal(mmg.calls[0]?.headers.authorization, 'Basic mmg-key');
    assert.deepEqual(JSON.parse(mmg.calls[0]?.body ?? ''), {
      reqType: 'BULK',
      MSISDN: '447700900123',
      msg: 'Pigeon Affairs: Hello Ann',
      sender: 'PIGEONS',
      cid: id,
      multi: true,
    });
    const shown = await read(id);
    assert.equal(shown.status, 'sending');
    assert.equal(shown.cost_in_pounds, 0.024);
    assert.deepEqual(shown.cost_details, {
      billable_sms_fragments: 1,
      international_rate_multiplier: 1,
      sms_rate: 0.024,
    });
  });

  it('turns a receipt into a status and tells the service', async () => {
    receiver.calls.length = 0;
    const id = await sendSms({ reference: 'my ref' });
    await app.drain();
    const server = app.test.module('notify');
    const receipt = { CID: id, status: '3', substatus: '5', MSISDN: '447700900123' };
    const answer = await server.inject({ method: 'POST', url: '/notifications/sms/mmg', payload: receipt });
    assert.equal(answer.body, '{"result":"success"}');
    await app.drain();
    const shown = await read(id);
    assert.equal(shown.status, 'delivered');
    assert.equal(receiver.calls.length, 1);
    const [call] = receiver.calls;
    assert.equal(call?.headers.authorization, 'Bearer a token of mine');
    const body = JSON.parse(call?.body ?? '');
    assert.deepEqual(body, {
      id,
      reference: 'my ref',
      to: '07700900123',
      status: 'delivered',
      created_at: body.created_at,
      completed_at: shown.completed_at,
      sent_at: shown.sent_at,
      notification_type: 'sms',
      template_id: TEMPLATES.sms,
      template_version: 1,
    });
    // A second report changes nothing: the first final one wins.
    await server.inject({ method: 'POST', url: '/notifications/sms/mmg', payload: { CID: id, status: '5' } });
    await app.drain();
    assert.equal((await read(id)).status, 'delivered');
    assert.equal(receiver.calls.length, 1);
  });

  it('takes a receipt that overtakes its own note of the hand-over', async () => {
    const id = await sendSms();
    const server = app.test.module('notify');
    await server.inject({ method: 'POST', url: '/notifications/sms/mmg', payload: { CID: id, status: 3 } });
    await app.test.database.db.pool.query(
      "update pgboss.job set start_after = now() + interval '1 hour' where name = 'notify.deliver_sms' and state < 'active'",
    );
    await app.drain();
    const shown = await read(id);
    assert.equal(shown.status, 'delivered');
    assert.equal(shown.cost_details.billable_sms_fragments, 1);
    await app.test.database.db.pool.query(
      "update pgboss.job set start_after = now() where name = 'notify.deliver_sms'",
    );
    mmg.calls.length = 0;
    await app.drain();
    assert.equal(mmg.calls.length, 0);
  });

  it('tries a failed text again and keeps to the provider that may have it', async () => {
    mmg.calls.length = 0;
    mmg.answers.push(answerJson(500, {}), breakOff);
    const id = await sendSms();
    await app.drain();
    assert.deepEqual(
      mmg.calls.map((call) => JSON.parse(call.body).cid),
      [id, id, id],
    );
    assert.equal((await read(id)).status, 'sending');
  });

  it('gives a text up when its retries are used up, and says so', async () => {
    receiver.calls.length = 0;
    for (let attempt = 0; attempt < 49; attempt += 1) mmg.answers.push(answerJson(500, {}));
    mmg.calls.length = 0;
    const id = await sendSms();
    await app.drain();
    assert.equal(mmg.calls.length, 49);
    assert.equal((await read(id)).status, 'technical-failure');
    assert.equal(JSON.parse(receiver.calls.at(-1)?.body ?? '{}').status, 'technical-failure');
    // Fifty failures in a minute moved weight; put it back for the other tests.
    mmg.answers.length = 0;
  });

  it('hands an email to the mail server with both parts, and counts acceptance as delivery', async () => {
    const id = await sendEmail({ one_click_unsubscribe_url: 'https://www.example.test/u' });
    await app.drain();
    const [message] = mailsOf(id);
    assert.ok(message);
    assert.equal(message.subject, 'About Ann');
    assert.match(message.text ?? '', /^Hello Ann/);
    const header = (name: string) => message.headers[name];
    assert.equal(header('from'), '"Pigeon Affairs" <pigeon.affairs@notify.tools>');
    assert.equal(header('reply-to'), 'replies@example.test');
    assert.equal(header('list-unsubscribe'), '<https://www.example.test/u>');
    assert.equal(header('list-unsubscribe-post'), 'List-Unsubscribe=One-Click');
    assert.equal((await read(id)).status, 'delivered');
  });

  it('sends an email whose outcome stays unknown once more and not again', async () => {
    mail.faults.push(...Array.from({ length: 9 }, () => 'break off' as const));
    const id = await sendEmail();
    await app.drain();
    mail.faults.length = 0;
    assert.equal(mailsOf(id).length, 2);
    assert.equal((await read(id)).status, 'sending');
  });

  it('tries an email again that the server did not take, and ends one that it never will', async () => {
    mail.faults.push(...Array.from({ length: 3 }, () => ({ refuseRecipient: 451 })));
    const later = await sendEmail();
    await app.drain();
    assert.equal((await read(later)).status, 'delivered');
    mail.faults.push({ refuseRecipient: 550 });
    const never = await sendEmail();
    await app.drain();
    assert.equal((await read(never)).status, 'technical-failure');
  });

  it('takes back the claims of messages that a stopping worker hands to nobody, so that each is sent once', async () => {
    const before = mail.mails.length;
    const ids = await Promise.all(Array.from({ length: 3 }, () => sendEmail()));
    const jobs = ids.map((id) => ({ id, payload: { id } }) as Job<NotificationPayload>);
    const stopped = { signal: AbortSignal.abort() } as TaskRun;
    // As often as a provider without references would be taken to have them.
    for (let restart = 0; restart < 3; restart += 1) {
      const outcomes = await deliver(app.context, 'email')(jobs, stopped);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['postponed', 'postponed', 'postponed'],
      );
    }
    assert.equal(mail.mails.length, before);
    const { rows } = await query(
      `select distinct send_attempts, unknown_outcomes, attempt_began_at from notify.notifications where id = any($1)`,
      [ids],
    );
    assert.deepEqual(rows, [{ send_attempts: 0, unknown_outcomes: 0, attempt_began_at: null }]);
    await app.drain();
    assert.deepEqual(
      ids.map((id) => mailsOf(id).length),
      [1, 1, 1],
    );
    // One that may have gone out is still known as such.
    const maybe = await sendEmail();
    await query(
      'update notify.notifications set attempt_began_at = now(), attempt_provider = $2 where id = $1',
      [maybe, 'smtp'],
    );
    await deliver(app.context, 'email')(
      [{ id: maybe, payload: { id: maybe } } as Job<NotificationPayload>],
      stopped,
    );
    const kept = await query(
      'select unknown_outcomes, attempt_began_at is not null as began from notify.notifications where id = $1',
      [maybe],
    );
    assert.deepEqual(kept.rows, [{ unknown_outcomes: 0, began: true }]);
    await app.drain();
    assert.equal(mailsOf(maybe).length, 1);
  });

  it('waits for the answers to calls under way when it is to stop, without a connection of ours', async () => {
    const id = await sendSms();
    const stopping = new AbortController();
    const { pool } = app.context.db;
    let inUse: number | undefined;
    mmg.answers.push((response, call) => {
      inUse = pool.totalCount - pool.idleCount;
      stopping.abort();
      setImmediate(() => answerJson(200, {})(response));
      assert.equal(JSON.parse(call.body).cid, id);
    });
    const run = { signal: stopping.signal, complete: async () => undefined } as unknown as TaskRun;
    const [outcome] = await deliver(app.context, 'sms')(
      [{ id, payload: { id } } as Job<NotificationPayload>],
      run,
    );
    assert.equal(outcome?.status, 'completed');
    assert.equal(inUse, 0);
    assert.equal((await read(id)).status, 'sending');
    await app.drain();
    assert.equal(mmg.calls.filter(({ body }) => JSON.parse(body).cid === id).length, 1);
  });

  it('writes down that a message was sent though its job is another worker’s by now', async () => {
    const id = await sendEmail();
    const run = {
      signal: new AbortController().signal,
      complete: async () => {
        throw new JobsLostError(1);
      },
    } as unknown as TaskRun;
    const [outcome] = await deliver(app.context, 'email')(
      [{ id, payload: { id } } as Job<NotificationPayload>],
      run,
    );
    assert.equal(outcome?.status, 'failed');
    assert.equal((await read(id)).status, 'delivered');
    await app.drain();
    assert.equal(mailsOf(id).length, 1);
  });

  it('sends what is beside a message that cannot be made', async () => {
    const [bad, good] = [await sendEmail(), await sendEmail()];
    const badText = await sendSms();
    await query("update notify.notifications set personalisation = '\\x00' where id = any($1)", [
      [bad, badText],
    ]);
    await query("update pgboss.job set retry_limit = 2 where name like 'notify.deliver_%'");
    receiver.calls.length = 0;
    // Its fragments cannot be counted any more, and its report counts all the same.
    await app.test.module('notify').inject({
      method: 'POST',
      url: '/notifications/sms/mmg',
      payload: { CID: badText, status: '3' },
    });
    await app.drain();
    assert.equal((await read(good)).status, 'delivered');
    const { rows } = await query(
      'select id, notification_status from notify.notifications where id = any($1)',
      [[bad, badText]],
    );
    assert.deepEqual(Object.fromEntries(rows.map((row) => [row.id, row.notification_status])), {
      [bad]: 'technical-failure',
      [badText]: 'delivered',
    });
    assert.equal(mailsOf(good).length, 1);
  });

  it('takes the reports beside one that cannot be taken', async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, () => sendSms()));
    await app.drain();
    await query(`create function notify.break_one() returns trigger language plpgsql as
      $$ begin raise exception 'not this one'; end $$`);
    await query(`create trigger break_one before update on notify.notifications
      for each row when (old.id = '${ids[1]}') execute function notify.break_one()`);
    for (const id of ids) {
      await app.test.module('notify').inject({
        method: 'POST',
        url: '/notifications/sms/mmg',
        payload: { CID: id, status: '3' },
      });
    }
    await query("update pgboss.job set retry_limit = 1 where name = 'notify.process_receipt'");
    await app.drain();
    await query('drop function notify.break_one cascade');
    assert.deepEqual(await Promise.all(ids.map(async (id) => (await read(id)).status)), [
      'delivered',
      'sending',
      'delivered',
    ]);
  });

  it('takes reports in any order, twice, from the other provider, and of messages it does not know', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, () => sendSms()));
    const [pendingLast, otherProvider, unknownCode, abroad] = ids;
    await app.drain();
    await query("update notify.notifications set international = true, phone_prefix = '1' where id = $1", [
      abroad,
    ]);
    receiver.calls.length = 0;
    const server = app.test.module('notify');
    const report = async (provider: 'mmg' | 'firetext', fields: Record<string, string>) => {
      const payload = provider === 'mmg' ? fields : new URLSearchParams(fields).toString();
      const answer = await server.inject({ method: 'POST', url: `/notifications/sms/${provider}`, payload });
      assert.equal(answer.body, '{"result":"success"}');
    };
    await report('firetext', { reference: pendingLast ?? '', status: '1', code: '101' });
    await report('firetext', { reference: pendingLast ?? '', status: '2' });
    await report('firetext', { reference: otherProvider ?? '', status: '0' });
    await report('mmg', { CID: otherProvider ?? '', status: '5' });
    await report('mmg', { CID: unknownCode ?? '', status: '99' });
    await report('mmg', { CID: abroad ?? '', status: '5' });
    for (const reference of [
      newUuid(),
      'pigeon',
      '00000000-0000-0000-0000-000000000000',
      'x'.repeat(5_000),
    ]) {
      await report('mmg', { CID: reference, status: '3' });
    }
    await app.drain();
    assert.deepEqual(await Promise.all(ids.map(async (id) => (await read(id)).status)), [
      'permanent-failure',
      'delivered',
      'technical-failure',
      'sending',
    ]);
    assert.deepEqual(receiver.calls.map(({ body }) => JSON.parse(body).status).sort(), [
      'delivered',
      'permanent-failure',
      'technical-failure',
    ]);
    // Who sent a message is not for a report to change.
    const { rows } = await query('select distinct sent_by from notify.notifications where id = any($1)', [
      ids,
    ]);
    assert.deepEqual(rows, [{ sent_by: 'mmg' }]);
  });

  it('simulates what becomes of messages of test keys', async () => {
    mmg.calls.length = 0;
    const before = mail.mails.length;
    const outcomes: [Promise<string>, string][] = [
      [sendSms({}, 'test'), 'delivered'],
      [sendSms({ phone_number: '07700900003' }, 'test'), 'temporary-failure'],
      [sendSms({ phone_number: '07700900002' }, 'test'), 'permanent-failure'],
      [sendEmail({}, 'test'), 'delivered'],
      [sendEmail({ email_address: 'temp-fail@simulator.notify' }, 'test'), 'temporary-failure'],
      [sendEmail({ email_address: 'perm-fail@simulator.notify' }, 'test'), 'permanent-failure'],
    ];
    const ids = await Promise.all(outcomes.map(([id]) => id));
    await app.drain();
    for (const [place, id] of ids.entries()) assert.equal((await read(id)).status, outcomes[place]?.[1]);
    assert.equal(mmg.calls.length, 0);
    assert.equal(mail.mails.length, before);
    assert.equal((await read(ids[0] ?? '')).cost_details.billable_sms_fragments, 1);
    const told = receiver.calls.map(({ body }) => JSON.parse(body) as { id: string; status: string });
    for (const [place, id] of ids.entries()) {
      assert.deepEqual(
        told.filter((call) => call.id === id).map(({ status }) => status),
        [outcomes[place]?.[1]],
      );
    }
  });

  it('retries a callback that fails, apart from first attempts, and drops one that is refused', async () => {
    receiver.calls.length = 0;
    receiver.answers.push(answerJson(503, {}), breakOff);
    await sendEmail();
    await app.drain();
    assert.equal(receiver.calls.length, 1);
    const { rows } = await app.test.database.db.pool.query(
      "select start_after - now() > interval '250 seconds' as later from pgboss.job where name = 'notify.retry_callback'",
    );
    assert.deepEqual(rows, [{ later: true }]);
    const due = "update pgboss.job set start_after = now() where name = 'notify.retry_callback'";
    await app.test.database.db.pool.query(due);
    await app.drain();
    await app.test.database.db.pool.query(due);
    await app.drain();
    assert.equal(receiver.calls.length, 3);
    receiver.answers.push(answerJson(404, {}));
    await sendEmail();
    await app.drain();
    assert.equal(receiver.calls.length, 4);
    const left = await app.test.database.db.pool.query('select 1 from notify.queued_callbacks');
    assert.equal(left.rowCount, 0);
  });
});
