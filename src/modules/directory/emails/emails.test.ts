import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import { odsCodeAt } from '#reference/pharmacies';
import { createDirectoryApp, type DirectoryApp, NOW, pharmacyRecord } from '../testing/directory-app.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';
import { createPostRejection } from './post-rejection.ts';
import { addressedBody, plainText, rejectionEmailBody } from './rejection-email.ts';

describe('the e-mail about a rejected change', () => {
  let test: DirectoryApp;
  let mail: MailServer;
  before(async () => {
    mail = await startMailServer();
    const environment = {
      ENVIRONMENT: 'blue1',
      SMTP_URL: mail.url,
      SYSTEM_EMAIL_ADDRESS: 'dos.integration@example.nhs.uk',
      TEAM_EMAIL_ADDRESS: 'team@example.nhs.uk',
    };
    test = await createDirectoryApp({ environment, now: NOW });
    await test.dos(`insert into users (username, firstname, lastname, email, status, createdtime)
      values ('A <b>Editor</b>', 'x', 'x', 'private.editor@example.org', 'ACTIVE', now()),
        ('silent.editor', 'x', 'x', null, 'ACTIVE', now()) returning id`);
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await mail[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    mail.received.length = 0;
    mail.refusal = 0;
  });

  const propose = async (odsCode: string, changeId: string, creator = 'A <b>Editor</b>') => {
    const value = {
      new: {
        cmsurl: { changetype: 'modify', data: '<i>www.new.example</i>', previous: 'www.old.example' },
        cmstelephoneno: { data: null },
      },
      initiator: { userid: creator },
    };
    await test.dos(
      `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
       select $1, 'PENDING', 'modify', 'x', 'x', $2, $3, id from services where odscode = $4 and typeid = 13 returning id`,
      [changeId, JSON.stringify(value), creator, odsCode],
    );
  };
  const eventNames = async (id: string) =>
    (await test.journey(id)).map(({ name }) => name).filter((name) => /^(email|pending)/.test(name));
  const stateOf = async (changeId: string) =>
    (
      await test.dos<{ approvestatus: string }>('select approvestatus from changes where id = $1', [changeId])
    )[0]?.approvestatus;

  it('reaches its author, and neither log nor register name anybody', async () => {
    await propose(odsCodeAt(3), 'change-1');
    await test.send(pharmacyRecord(odsCodeAt(3)), { correlationId: 'test-email-1' });
    await test.drain();
    assert.equal(await stateOf('change-1'), 'REJECTED');
    const [received, ...more] = mail.received;
    assert.deepEqual(more, []);
    assert.deepEqual(received?.to, ['private.editor@example.org']);
    assert.equal(received?.from, 'dos.integration@example.nhs.uk');
    const message = await PostalMime.parse(received?.text ?? '');
    assert.equal(message.subject, 'Your DoS Change has been rejected');
    assert.match(message.messageId ?? '', /^<rejection-email-\d+@dos-integration>$/);
    const html = message.html ?? '';
    assert.match(html, /<title>DoS Change Rejection Email<\/title>/);
    assert.match(html, /Dear A &lt;b&gt;Editor&lt;\/b&gt;/);
    assert.match(
      html,
      /<tr><td>cmsurl<\/td><td>www\.old\.example<\/td><td>&lt;i&gt;www\.new\.example&lt;\/i&gt;<\/td><\/tr>/,
    );
    assert.match(html, /<tr><td>cmstelephoneno<\/td><td>None<\/td><td>None<\/td><\/tr>/);
    assert.match(html, /team@example\.nhs\.uk/);

    const [file] = await test.command<Record<string, string>[]>('emails');
    assert.match(file?.file_name ?? '', /^rejection-emails\/rejection-email-\d{19}\.json$/);
    assert.equal(file?.outcome, 'sent');
    assert.equal(file?.correlation_id, 'test-email-1');
    assert.equal(file?.email_body?.includes('Editor'), false, 'the stored copy names nobody');

    assert.deepEqual(await eventNames('test-email-1'), [
      'pending_change.rejected',
      'email.stored',
      'email.sent',
    ]);
    const lines = test.lines().filter((line) => line.correlation_id === 'test-email-1');
    const linked = lines.find(({ message: text }) => text === 'Email Correlation Id');
    assert.equal(linked?.file_name, file?.file_name);
    assert.ok(html.includes(String(linked?.email_correlation_id)));
    const sent = lines.find(({ message: text }) => text === 'Sent email');
    assert.equal(sent?.level, 'WARNING');
    assert.equal(sent?.environment, 'blue1');
    assert.equal(sent?.cloudwatch_metric_filter_matching_attribute, 'EmailSent');
    assert.equal(sent?.s3_filename, file?.file_name);
    const everything = test.output() + JSON.stringify(await test.journey('test-email-1'));
    assert.doesNotMatch(everything, /private\.editor|<b>Editor|Dear /);
    const audit = test.output().match(/^.*\|RejectDeleteChange\|.*$/gm) ?? [];
    assert.equal(audit.length, 1);
    assert.match(
      audit[0] ?? '',
      /\|INFO\|DOS_INTEGRATION_BLUE1\|update\|test-email-1\|NULL\|DOS_INTEGRATION\|/,
    );
    assert.match(audit[0] ?? '', /\|changeId=change-1\|/);
  });

  it('is written and withheld outside live unless the correlation id asks for it', async () => {
    await propose(odsCodeAt(4), 'change-2');
    await test.send(pharmacyRecord(odsCodeAt(4)), { correlationId: 'ordinary' });
    await test.drain();
    assert.deepEqual(mail.received, []);
    assert.deepEqual(await eventNames('ordinary'), [
      'pending_change.rejected',
      'email.stored',
      'email.withheld',
    ]);
  });

  it('is skipped for an author without an address', async () => {
    await propose(odsCodeAt(5), 'change-3', 'silent.editor');
    await test.send(pharmacyRecord(odsCodeAt(5)), { correlationId: 'email-to-nobody' });
    await test.drain();
    assert.deepEqual(mail.received, []);
    assert.equal((await eventNames('email-to-nobody')).at(-1), 'email.no_address');
  });

  it('is tried three times, and never holds up the update of DoS', async () => {
    mail.refusal = 451;
    await propose(odsCodeAt(6), 'change-4');
    await test.send(pharmacyRecord(odsCodeAt(6)), { correlationId: 'email-busy' });
    await test.drain();
    const names = (await test.journey('email-busy')).map(({ name }) => name);
    assert.equal(names.filter((name) => name === 'email.failed').length, 3);
    assert.ok(names.includes('update_request.succeeded'));
    const failed = test.lines().find(({ message }) => message === 'Email failed');
    assert.equal(failed?.cloudwatch_metric_filter_matching_attribute, 'EmailFailed');
    const hidden = test
      .lines()
      .filter(({ message }) => message === 'Something went wrong but the event is hidden');
    assert.equal(hidden.length, 3);
    mail.refusal = 550;
    await propose(odsCodeAt(7), 'change-5');
    await test.send(pharmacyRecord(odsCodeAt(7)), { correlationId: 'email-refused' });
    await test.drain();
    assert.equal((await eventNames('email-refused')).filter((name) => name === 'email.failed').length, 1);
    assert.doesNotMatch(test.output(), /private\.editor/);
  });

  it('is not sent again when the worker was lost while it sent it, unless a person says so', async () => {
    const { jobs } = test.app.stores[0];
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    await jobs.pause('directory.send_rejection_email', actor);
    await propose(odsCodeAt(10), 'change-8');
    await test.send(pharmacyRecord(odsCodeAt(10)), { correlationId: 'email-lost' });
    await test.drain();
    // What a worker leaves that is killed in the middle of its call.
    await test.sql(`insert into directory.begun_calls (job_id, begun_at)
      select id, now() from pgboss.job where name = 'directory.send_rejection_email' and state = 'created'`);
    await jobs.resume('directory.send_rejection_email', actor);
    await test.drain();
    assert.deepEqual(mail.received, []);
    const { failures } = await jobs.failures.list({ correlationId: 'email-lost' }, { limit: 10 });
    assert.equal(failures.length, 1);
    assert.match(failures[0]?.message ?? '', /was lost while it did: it may have arrived/);
    assert.equal((await eventNames('email-lost')).at(-1), 'email.failed');

    await jobs.failures.retry([failures[0]?.id ?? ''], actor);
    await test.drain();
    assert.equal(mail.received.length, 1);
    assert.equal((await eventNames('email-lost')).at(-1), 'email.sent');
    assert.deepEqual(await test.sql('select from directory.begun_calls'), []);
  });

  describe('when the run dies between the rejection in DoS and our record of it', () => {
    /** Our transaction fails, as when the process is killed after the commit in DoS. */
    const whileRecordingFails = async (correlationId: string, work: () => Promise<void>): Promise<void> => {
      const { pool } = test.database.db;
      await pool.query(`create function fail_record() returns trigger language plpgsql as $$
        begin if new.correlation_id = '${correlationId}' and new.name = 'pending_change.rejected'
          then raise 'the run dies here'; end if; return new; end $$`);
      await pool.query(
        'create trigger fail_record before insert on platform.events for each row execute function fail_record()',
      );
      await work();
      await pool.query('drop function fail_record cascade');
    };

    it('is sent once by the next run', async () => {
      await propose(odsCodeAt(8), 'change-6');
      await whileRecordingFails('email-again', async () => {
        await test.send(pharmacyRecord(odsCodeAt(8)), { correlationId: 'email-again' });
        await test.startWorker();
        await test.waitUntil(
          'DoS holds the rejection',
          async () => (await stateOf('change-6')) === 'REJECTED',
        );
      });
      await test.app.stores[0].jobs.stop();
      await test.drain();
      assert.equal(mail.received.length, 1);
      assert.deepEqual(await eventNames('email-again'), [
        'pending_change.rejected',
        'email.stored',
        'email.sent',
      ]);
      const { rows } = await test.database.db.pool.query('select from directory.rejection_intents');
      assert.equal(rows.length, 0);
    });

    it('is sent by the caretaker when no run comes back', async () => {
      await propose(odsCodeAt(9), 'change-7');
      await whileRecordingFails('email-late', async () => {
        await test.send(pharmacyRecord(odsCodeAt(9)), { correlationId: 'email-late' });
        await test.drain();
      });
      assert.equal(await stateOf('change-7'), 'REJECTED');
      assert.deepEqual(mail.received, []);
      test.setNow(new Date('2026-07-01T11:45:00Z'));
      await test.runTask('directory.purge_expired');
      await test.drain();
      assert.equal(mail.received.length, 1);
      await test.runTask('directory.purge_expired');
      await test.drain();
      assert.equal(mail.received.length, 1);
      assert.equal((await eventNames('email-late')).filter((name) => name === 'email.sent').length, 1);
    });
  });
});

describe('the e-mail about a rejected change in live', () => {
  const LIVE = { PROFILE: 'live', SIGNALBOX_MODULES: 'notify,directory' };
  const rejectOne = async (app: DirectoryApp, correlationId: string) => {
    await app.dos(
      `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
       select $2::text, 'PENDING', 'modify', 'x', 'x', $1, 'dos.editor', id from services where odscode = $3 and typeid = 13`,
      ['{"new":{"cmsurl":{"data":"www.new.example"}}}', correlationId, odsCodeAt(3)],
    );
    await app.send(pharmacyRecord(odsCodeAt(3)), { correlationId });
    await app.drain();
  };
  const outside = { emailsBy: undefined, profile: 'demo', systemEmailAddress: undefined } as const;

  it('goes through notify where that runs, in the same words and once', async () => {
    await using mail = await startMailServer();
    const environment = {
      ...LIVE,
      SMTP_URL: mail.url,
      SYSTEM_EMAIL_ADDRESS: 'dos.integration@example.nhs.uk',
    };
    await using app = await createDirectoryApp({ environment });
    await rejectOne(app, 'in-live');
    assert.equal(mail.received.length, 1);
    const message = await PostalMime.parse(mail.received[0]?.text ?? '');
    assert.equal(message.subject, 'Your DoS Change has been rejected');
    assert.deepEqual(
      message.replyTo?.map(({ address }) => address),
      ['dos.integration@example.nhs.uk'],
    );
    const text = message.text ?? '';
    assert.match(text, /Dear dos\.editor\s/);
    assert.match(
      text,
      /Change Key: cmsurl\s[\s\S]*Data before requested change: None\s[\s\S]*Proposed Change: www\.new\.example/,
    );
    assert.match(text, /Email Correlation Id is: \d+-\d+/);
    const events = (await app.journey('in-live')).map(({ name }) => name);
    assert.ok(events.includes('email.sent'));
    const sends = await app.sql<{ key: string }>(
      'select idempotency_key as key from notify.internal_sends order by 1',
    );
    assert.equal(sends.length, 1);
    assert.match(sends[0]?.key ?? '', /^directory:rejection-emails\//);
  });

  it('goes to the mail server where that is asked for, or notify does not run, and outside live', async () => {
    const posted: string[] = [];
    const notify = {
      sendEmail: async () => ({ notificationId: String(posted.push('notify')) }),
      sendSms: () => assert.fail('no texts are sent'),
    };
    const mail = { send: async () => ({ messageId: String(posted.push('mail')) }) };
    const letter = {
      file: {
        fileName: 'rejection-emails/rejection-email-1.json',
        ...{ changeId: 'c', userId: 1, correlationId: null },
        ...{ emailSubject: 's', emailBody: 'b', outcome: null, createdAt: new Date(0) },
      },
      ...{ correlationId: 'c', name: 'n', address: 'a@example.org' },
    };
    for (const [emailsBy, profile, hasNotify, carrier] of [
      [undefined, 'live', true, 'notify'],
      [undefined, 'live', false, 'mail'],
      ['mail', 'live', true, 'mail'],
      ['notify', 'live', true, 'notify'],
      [undefined, 'demo', true, 'mail'],
      ['notify', 'dev', true, 'mail'],
    ] as const) {
      const config = { ...outside, emailsBy, profile };
      await createPostRejection(config, { notify: hasNotify ? notify : undefined, mail })(letter);
      assert.equal(posted.pop(), carrier, `${emailsBy} in ${profile}`);
    }
  });

  it('needs notify to run when it is to go that way', () => {
    const config = { ...outside, emailsBy: 'notify' } as const;
    const mail = { send: () => assert.fail('nothing is sent') };
    assert.throws(() => createPostRejection(config, { notify: undefined, mail }), /needs the module notify/);
  });
});

describe('the text of the e-mail', () => {
  it('is one line of HTML, and has the same words without it', () => {
    const change = {
      ...{ id: 'c', userId: 1, userEmail: null, creatorName: 'n', serviceId: 1 },
      ...{ serviceUid: '1', serviceName: 'A & "B"', value: '{"new":{"cmsurl":{"data":"x\\ny"}}}' },
    };
    const body = rejectionEmailBody(change, { emailCorrelationId: '1-2', teamAddress: 't@example.org' });
    assert.equal(body.includes('\n'), false);
    const text = plainText(addressedBody(body, 'Me $& <x>'));
    assert.match(text, /^Dear Me \$& <x>\n/);
    assert.match(text, /Service name: A & "B"/);
    assert.match(text, /cmsurl \| None \| x y/);
    assert.match(text, /Email Correlation Id is: 1-2/);
  });
});
