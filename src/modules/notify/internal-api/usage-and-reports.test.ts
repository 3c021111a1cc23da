import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ADMIN_ENVIRONMENT, ADMIN_SECRET, AdminClient } from '../testing/admin-client.ts';
import {
  createNotifyApp,
  type NotifyApp,
  newUuid,
  SERVICE_ID,
  signToken,
  TEMPLATES,
} from '../testing/notify-app.ts';

describe('the internal API about usage, reports and returned letters', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  const S = `/service/${SERVICE_ID}`;
  before(async () => {
    app = await createNotifyApp({
      now: new Date('2026-08-04T09:00:00Z'),
      environment: { ...ADMIN_ENVIRONMENT, REGISTER_FUNCTIONAL_TESTING_BLUEPRINT: 'on' },
    });
    admin = new AdminClient(app);
  });
  after(() => app[Symbol.asyncDispose]());

  it('has what the dashboard asks for', async () => {
    for (const path of [
      'template-statistics?limit_days=7',
      'job',
      'job/scheduled-job-stats',
      'inbound-sms/summary',
      'returned-letter-statistics',
      'unsubscribe-request-statistics',
      'billing/free-sms-fragment-limit',
      'billing/yearly-usage-summary?year=2026',
      'billing/monthly-usage?year=2026',
      'template',
      'template-folder',
      'statistics',
      'returned-letter-summary',
      'unsubscribe-request-reports-summary',
      'data-retention',
      'notifications/count',
    ]) {
      await admin.expect(200, 'GET', `${S}/${path}`);
    }
    assert.deepEqual(await admin.expect(200, 'GET', `${S}/unsubscribe-request-statistics`), {});
    assert.deepEqual(await admin.expect(200, 'GET', `${S}/returned-letter-statistics`), {
      returned_letter_count: 0,
      most_recent_report: null,
    });
  });

  it('keeps the free allowance of a year', async () => {
    const path = `${S}/billing/free-sms-fragment-limit`;
    const usual = await admin.expect(200, 'GET', path);
    assert.deepEqual(usual, { free_sms_fragment_limit: 5_000, financial_year_start: 2026 });
    assert.deepEqual(await admin.expect(201, 'POST', path, { free_sms_fragment_limit: 77 }), {
      free_sms_fragment_limit: 77,
    });
    assert.equal((await admin.expect(200, 'GET', path)).free_sms_fragment_limit, 77);
    for (const year of ['2015', '2027', 'x']) {
      const text = await admin.refusal(400, 'GET', `${path}?financial_year_start=${year}`);
      assert.equal(text, 'No valid year provided');
    }
    assert.equal(
      await admin.refusal(400, 'GET', `${S}/billing/yearly-usage-summary`),
      'No valid year provided',
    );
  });

  it('makes one report for one wish', async () => {
    const user = await admin.register();
    const path = `${S}/report-request?report_type=notifications_report`;
    const body = { user_id: user.id, report_type: 'notifications_report', notification_status: 'failed' };
    const { data } = await admin.expect(201, 'POST', path, body);
    assert.equal(data.status, 'pending');
    assert.deepEqual(data.parameter, { notification_status: 'failed' });
    assert.equal((await admin.expect(200, 'POST', path, body)).data.id, data.id);
    assert.equal((await admin.expect(200, 'GET', `${S}/report-request/${data.id}`)).data.id, data.id);
    await admin.expect(404, 'GET', `${S}/report-request/${newUuid()}`);
    assert.deepEqual(await admin.refusal(400, 'POST', path, { ...body, colour: 'red' }), [
      {
        error: 'ValidationError',
        message: 'Additional properties are not allowed (colour was unexpected)',
      },
    ]);
  });

  it('cancels a letter that is not printed yet, once', async () => {
    const user = await admin.register();
    await admin.expect(201, 'POST', `${S}/users/${user.id}`, { permissions: [] });
    const { id } = await admin.expect(201, 'POST', `${S}/send-notification`, {
      template_id: TEMPLATES.letter,
      to: 'ignored',
      created_by: user.id,
      personalisation: {
        name: 'Jo',
        'address line 1': 'Jo Pigeon',
        'address line 2': '1 Loft Lane',
        'address line 3': 'SW1A 1AA',
      },
    });
    const path = `${S}/notifications/${id}/cancel`;
    assert.equal((await admin.expect(200, 'POST', path)).status, 'cancelled');
    assert.equal(await admin.refusal(400, 'POST', path), 'This letter has already been cancelled.');
    const unknown = `${S}/notifications/${newUuid()}/cancel`;
    assert.equal(await admin.refusal(404, 'POST', unknown), 'Notification not found');
  });

  it('takes nobody for somebody it does not know', async () => {
    const callback = {
      url: 'https://receiver.example.test/hook',
      bearer_token: 'a secret token',
      updated_by_id: newUuid(),
      callback_type: 'complaint',
    };
    assert.equal(await admin.refusal(404, 'POST', `${S}/callback-api`, callback), 'No result found');
    assert.equal(await admin.refusal(404, 'POST', S, { go_live_user: newUuid() }), 'No result found');
    assert.equal((await admin.expect(200, 'GET', S)).data.go_live_user, null);
  });

  it('batches requests to unsubscribe', async () => {
    const empty = {
      count: 0,
      earliest_timestamp: '2026-08-01T00:00:00.000000Z',
      latest_timestamp: '2026-08-02T00:00:00.000000Z',
    };
    const { report_id: id } = await admin.expect(
      201,
      'POST',
      `${S}/create-unsubscribe-request-report`,
      empty,
    );
    const [report] = await admin.expect(200, 'GET', `${S}/unsubscribe-request-reports-summary`);
    assert.equal(report.batch_id, id);
    assert.equal(report.is_a_batched_report, true);
    const done = { report_has_been_processed: true };
    await admin.expect(204, 'POST', `${S}/process-unsubscribe-request-report/${id}`, done);
    const { unsubscribe_requests: lines } = await admin.expect(
      200,
      'GET',
      `${S}/unsubscribe-request-report/${id}`,
    );
    assert.deepEqual(lines, []);
    await admin.expect(404, 'POST', `${S}/process-unsubscribe-request-report/${newUuid()}`, done);
    const text = await admin.refusal(400, 'GET', `${S}/returned-letters?reported_at=soon`);
    assert.equal(text, 'Input must be a date in the format: YYYY-MM-DD');
  });

  it('makes the users of functional tests, again and again, for their client alone', async () => {
    const user = {
      name: 'Functional Test',
      email_address: 'functional@example.gov.uk',
      mobile_number: '07700900490',
      auth_type: 'sms_auth',
      password: 'a very long password',
      state: 'active',
      permissions: ['send_texts'],
      service_id: SERVICE_ID,
    };
    const put = (secret: string, iss: string, body: unknown) =>
      app.test.module('notify').inject({
        method: 'PUT',
        url: '/__testing/functional/users',
        headers: {
          authorization: `Bearer ${signToken({ iss, iat: Date.parse('2026-08-04T09:00:00Z') / 1_000 }, secret)}`,
        },
        payload: JSON.stringify(body),
      });
    const tester = 'notify-functional-tests';
    const secret = 'a-secret-of-functional-tests';
    assert.equal((await put(secret, tester, [user])).body, 'ok');
    const again = await put(secret, tester, [{ ...user, permissions: ['send_emails'] }]);
    assert.equal(again.statusCode, 201);
    const { data } = await admin.expect(200, 'POST', '/user/email', { email: user.email_address });
    assert.deepEqual(data.permissions[SERVICE_ID], ['send_emails']);
    assert.equal(data.platform_admin, false);
    assert.equal((await put(ADMIN_SECRET, 'notify-admin', [user])).statusCode, 401);
    assert.equal((await put(secret, tester, { ...user })).statusCode, 400);
    assert.equal((await put(secret, tester, [{ ...user, email_address: 'x' }])).statusCode, 400);
  });
});
