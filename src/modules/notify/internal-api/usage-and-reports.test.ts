import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
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
    // A double click is one wish, too.
    const answers = await Promise.all([1, 2, 3].map(() => admin.call('POST', path, body)));
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [200, 200, 201]);
    const [{ data }, ...others] = answers.map((answer) => answer.json());
    for (const other of others) assert.equal(other.data.id, data.id);
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

  it('reports what services of an organisation cost, and what all of them sent', async () => {
    const body = await admin.expect(201, 'POST', '/organisations', {
      name: 'Ministry of Prices',
      crown: true,
      organisation_type: 'central',
    });
    const user = await admin.register({ mobile_number: '07700900461' });
    const service = await admin.createService(user, { name: 'A priced service', restricted: false });
    await admin.expect(204, 'POST', `/organisations/${body.id}/service`, { service_id: service.id });
    await admin.expect(200, 'POST', `/service/${service.id}`, {
      go_live_at: '2026-05-01 09:00:00.000000',
      go_live_user: user.id,
      volume_sms: 12,
      purchase_order_number: 'PO 7',
    });
    await admin.expect(201, 'POST', `/service/${service.id}/billing/free-sms-fragment-limit`, {
      free_sms_fragment_limit: 100,
    });
    const fact = (day: string, type: string, values: [string, number, number, string, number, number]) =>
      sql`insert into notify.ft_billing (bst_date, template_id, service_id, notification_type, provider,
          rate_multiplier, international, rate, postage, billable_units, notifications_sent)
        values (${day}::date, ${TEMPLATES.sms}, ${service.id}, ${type}, ${values[0]}, ${values[1]}, false, ${values[2]},
          ${values[3]}, ${values[4]}, ${values[5]})`.execute(app.context.db.kysely);
    await fact('2026-04-10', 'sms', ['mmg', 1, 0.024, 'none', 80, 80]);
    await fact('2026-05-10', 'sms', ['mmg', 2, 0.024, 'none', 50, 40]);
    await fact('2026-05-11', 'letter', ['dvla', 1, 0.73, 'second', 3, 3]);
    await fact('2026-05-11', 'letter', ['dvla', 1, 1.8, 'europe', 2, 2]);
    await fact('2026-05-12', 'email', ['smtp', 1, 0, 'none', 0, 9]);
    const may = 'start_date=2026-05-01&end_date=2026-05-31';
    const bill = await admin.expect(200, 'GET', `/platform-stats/data-for-billing-report?${may}`);
    assert.deepEqual(bill, [
      {
        organisation_id: body.id,
        organisation_name: body.name,
        service_id: service.id,
        service_name: 'A priced service',
        // 80 of the 100 free fragments went in April.
        sms_cost: 1.92,
        sms_chargeable_units: 80,
        total_letters: 5,
        letter_cost: 5.79,
        letter_breakdown: '2 international letters at £1.80\n3 second class letters at 73p\n',
        purchase_order_number: 'PO 7',
        contact_names: null,
        contact_email_addresses: null,
        billing_reference: null,
      },
    ]);
    const usage = await admin.expect(200, 'GET', `/organisations/${body.id}/services-with-usage?year=2026`);
    assert.deepEqual(usage.services, [
      {
        service_id: service.id,
        service_name: 'A priced service',
        free_sms_limit: 100,
        sms_remainder: 0,
        sms_billable_units: 180,
        chargeable_billable_sms: 80,
        sms_cost: 1.92,
        letter_cost: 5.79,
        emails_sent: 9,
        active: true,
      },
    ]);
    const summary = await admin.expect(
      200,
      'GET',
      `/service/${service.id}/billing/yearly-usage-summary?year=2026`,
    );
    const texts = summary.find((row: { notification_type: string }) => row.notification_type === 'sms');
    assert.deepEqual([texts.charged_units, texts.cost], [80, 1.92]);
    const days = await admin.expect(200, 'GET', `/platform-stats/daily-volumes-report?${may}`);
    assert.deepEqual(days[0], {
      day: '2026-05-10',
      sms_totals: 40,
      sms_fragment_totals: 50,
      sms_chargeable_units: 100,
      email_totals: 0,
      letter_totals: 0,
      letter_sheet_totals: 0,
    });
    const providers = await admin.expect(
      200,
      'GET',
      `/platform-stats/daily-sms-provider-volumes-report?${may}`,
    );
    assert.deepEqual(providers, [
      {
        day: '2026-05-10',
        provider: 'mmg',
        sms_totals: 40,
        sms_fragment_totals: 50,
        sms_chargeable_units: 100,
        sms_cost: 2.4,
      },
    ]);
    const volumes = await admin.expect(200, 'GET', `/platform-stats/volumes-by-service?${may}`);
    const own = volumes.find((row: { service_id: string }) => row.service_id === service.id);
    assert.deepEqual(
      [own.free_allowance, own.sms_notifications, own.letter_totals, own.letter_cost, own.email_totals],
      [100, 40, 5, 5.79, 9],
    );
    const { data: live } = await admin.expect(200, 'GET', '/service/live-services-data');
    const entry = live.find((row: { service_id: string }) => row.service_id === service.id);
    assert.deepEqual(
      [entry.live_date, entry.contact_mobile, entry.sms_volume_intent, entry.free_sms_fragment_limit],
      ['Fri, 01 May 2026 09:00:00 GMT', '447700900461', 12, 100],
    );
    const dashboard = await admin.expect(200, 'GET', `/performance-dashboard?${may}`);
    assert.deepEqual(
      [dashboard.total_notifications, dashboard.sms_notifications, dashboard.notifications_by_type.length],
      [134, 120, 3],
    );
    assert.ok(
      dashboard.services_using_notify.some((row: { service_id: string }) => row.service_id === service.id),
    );
    await sql`insert into notify.ft_billing_letter_despatch values
      ('2026-05-13', 'second', 'sorted', 0.73, 1, 3)`.execute(app.context.db.kysely);
    assert.deepEqual(await admin.expect(200, 'GET', `/platform-stats/data-for-dvla-billing-report?${may}`), [
      {
        date: '2026-05-13',
        postage: 'second',
        cost_threshold: 'sorted',
        sheets: 1,
        rate: 0.73,
        letters: 3,
        cost: 2.19,
      },
    ]);
    const refuses = (query: string, text: string) =>
      admin
        .refusal(400, 'GET', `/platform-stats/data-for-billing-report?${query}`)
        .then((message) => assert.equal(message, text));
    await refuses('start_date=2026-05-01&end_date=2026-04-01', 'Start date must be before end date');
    const years = 'start_date=2026-03-01&end_date=2026-04-01';
    await refuses(years, 'Date must be in a single financial year.');
    await refuses('start_date=x', 'Input must be a date in the format: YYYY-MM-DD');
    const year = `/organisations/${body.id}/services-with-usage?year=1999`;
    assert.equal(await admin.refusal(400, 'GET', year), 'No valid year provided');
  });

  it('counts messages by month, by template and for the whole platform', async () => {
    await sql`insert into notify.ft_notification_status (bst_date, template_id, service_id, job_id, notification_type,
        key_type, notification_status, notification_count)
      values ('2026-05-10', ${TEMPLATES.sms}, ${SERVICE_ID}, '00000000-0000-0000-0000-000000000000', 'sms', 'normal',
        'permanent-failure', 4)`.execute(app.context.db.kysely);
    const sent = await app.call({
      url: '/v2/notifications/sms',
      body: {
        template_id: TEMPLATES.sms,
        phone_number: '07700900555',
        personalisation: { name: 'x' },
      },
    });
    assert.equal(sent.statusCode, 201, sent.body);
    const { data } = await admin.expect(200, 'GET', `${S}/notifications/monthly?year=2026`);
    assert.equal(Object.keys(data).length, 12);
    assert.deepEqual(data['2026-05'], { sms: { 'permanent-failure': 4 }, email: {}, letter: {} });
    assert.equal(data['2026-08'].sms.created, 1);
    assert.equal(
      await admin.refusal(400, 'GET', `${S}/notifications/monthly?year=x`),
      'Year must be a number',
    );
    const { stats } = await admin.expect(200, 'GET', `${S}/notifications/templates_usage/monthly?year=2026`);
    assert.deepEqual(
      stats
        .filter(({ type }: { type: string }) => type === 'sms')
        .map((row: Record<string, unknown>) => [row.name, row.month, row.year, row.count]),
      [
        ['A text', 5, 2026, 4],
        ['A text', 8, 2026, 1],
      ],
    );
    const figures = await admin.expect(
      200,
      'GET',
      '/platform-stats?start_date=2026-05-01&end_date=2026-08-04',
    );
    assert.equal(figures.sms.failures['permanent-failure'], 4);
    assert.equal(figures.sms['test-key'], 0);
    const today = await admin.expect(200, 'GET', '/platform-stats');
    assert.equal(today.sms.failures['permanent-failure'], 0);
    assert.ok(today.sms.total >= 1);
    await admin.expect(400, 'GET', '/platform-stats?start_date=2026-13-01');
    const lines = await admin.expect(
      200,
      'GET',
      '/service/monthly-data-by-service?start_date=2026-05-01&end_date=2026-05-31',
    );
    assert.deepEqual(lines, [['2026-05-01', SERVICE_ID, 'Pigeon Affairs', 'sms', 0, 0, 0, 0, 4, 0]]);
  });

  it('lists complaints, and takes references of letters that came back', async () => {
    await sql`insert into notify.complaints (id, notification_id, service_id, complaint_type, created_at)
      select gen_random_uuid(), gen_random_uuid(), ${SERVICE_ID}, 'abuse', '2026-08-04T09:00:00Z'::timestamptz - n * interval '1 day'
      from generate_series(0, 50) n`.execute(app.context.db.kysely);
    const first = await admin.expect(200, 'GET', '/complaint');
    assert.equal(first.complaints.length, 50);
    assert.deepEqual(
      [first.complaints[0].service_name, first.complaints[0].ses_feedback_id],
      ['Pigeon Affairs', 'None'],
    );
    assert.deepEqual(first.links, { next: '/complaint?page=2', last: '/complaint?page=2' });
    const second = await admin.expect(200, 'GET', '/complaint?page=2');
    assert.deepEqual([second.complaints.length, second.links], [1, { prev: '/complaint?page=1' }]);
    await admin.expect(404, 'GET', '/complaint?page=3');
    const range = 'start_date=2026-08-03&end_date=2026-08-04';
    assert.equal(await admin.expect(200, 'GET', `/complaint/count-by-date-range?${range}`), 2);
    assert.deepEqual(await admin.refusal(400, 'POST', '/letters/returned', { references: ['abc'] }), [
      { error: 'ValidationError', message: 'references abc does not match ^[0-9A-Z]{16}$' },
    ]);
    const references = ['ABCDEFGH12345678'];
    assert.deepEqual(await admin.expect(200, 'POST', '/letters/returned', { references }), { references });
  });

  it('answers whatever it is asked with an error of its own', async () => {
    const user = await admin.register();
    const ids = [SERVICE_ID, user.id, TEMPLATES.email, newUuid()];
    const values = [
      null,
      -1,
      1e300,
      '',
      '\u0000',
      '\ud800',
      'x'.repeat(300),
      [],
      [null],
      {},
      true,
      user.id,
      'sms',
    ];
    let turn = 0;
    // The same sequence in each run.
    const next = <T>(list: readonly T[]): T => {
      turn = (turn * 7_919 + 104_729) % 1_000_003;
      return list[turn % list.length] as T;
    };
    const fill = (path: string) =>
      path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
        name === 'serviceId' ? SERVICE_ID : name === 'userId' ? user.id : next([...ids, 'x', '%00', '12']),
      );
    const routes = await internalRoutes(app);
    assert.ok(routes.length > 180, String(routes.length));
    const failures: string[] = [];
    for (const [method, path] of routes) {
      // Neither the service of the other tests nor the user may go.
      if (/archive$/.test(path) && /^\/(service|user)\/\{/.test(path) && path.split('/').length === 4)
        continue;
      for (let round = 0; round < 3; round += 1) {
        const names = NAMES.filter(() => next([true, true, false]));
        const body =
          round === 0 ? next(values) : Object.fromEntries(names.map((name) => [name, next(values)]));
        const query =
          round < 2
            ? ''
            : `?${next(QUERIES)}=${encodeURIComponent(next(['x', '-1', '99999999999', '%', '']))}`;
        const url = `${fill(path)}${query}`;
        const response = await admin.call(method, url, method === 'GET' ? undefined : body);
        if (response.statusCode >= 500)
          failures.push(`${method} ${url} ${JSON.stringify(body)}: ${response.body}`);
      }
    }
    assert.deepEqual(failures, []);
  });
});

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Every route of the internal API, from the document that the product gives of it. */
async function internalRoutes(app: NotifyApp): Promise<[Method, string][]> {
  const response = await app.test.console.inject('/docs/openapi.json');
  const paths: Record<string, Record<string, { tags?: string[] }>> = response.json().paths;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, route]): [Method, string][] =>
      // The document has the paths under the console's address.
      route.tags?.includes('internal')
        ? [[method.toUpperCase() as Method, path.replace(/^\/notify/, '')]]
        : [],
    ),
  );
}

/** Fields that some body has. */
const NAMES =
  `name email_address email mobile_number password _password auth_type permissions folder_permissions
  user_id created_by created_by_id updated_by organisation_type crown domains service_id branding_ids alt_text text colour
  logo filename template_type content subject parent_folder_id parent_id templates folders letter_languages
  letter_welsh_subject letter_welsh_content postage reply_to archived redact_personalisation days_of_retention
  notification_type url bearer_token updated_by_id callback_type is_default sms_sender contact_block scheduled_for id
  original_file_name row_count to template_id personalisation sender_id file_id recipient_address uuid created_start
  take_part_in_research references requester_id contacted_user_ids invite_link_host status status_changed_by_id reason
  from_user invited_by email_branding letter_branding agreement_signed_version agreement_signed_at go_live_at volume_sms
  email_message_limit free_sms_fragment_limit priority active event_type data code code_type successful
  webauthn_credential_id credential_data registration_response inbound_number_id archive phone_number report_type
  notification_status page_count upload_id archived_by archived_by_id retention_period link_text pending count
  earliest_timestamp latest_timestamp report_has_been_processed body service_name restricted key_type`.split(
    /\s+/,
  );
const QUERIES =
  `page page_size limit_days year start_date end_date older_than status template_type whole_days domain name
  financial_year_start reported_at to sender_id user_id detailed statuses contact_list_id service_name`.split(
    /\s+/,
  );
