import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PDFDocument } from '@cantoo/pdf-lib';
import { startS3TestServer, TEST_CREDENTIALS } from '../../../../test/harness/s3-server.ts';
import { ADMIN_ENVIRONMENT, AdminClient } from '../testing/admin-client.ts';
import { createNotifyApp, type NotifyApp, newUuid, SERVICE_ID, TEMPLATES } from '../testing/notify-app.ts';
import { answersOf, SHAPES } from '../testing/shapes-data.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';

const S = `/service/${SERVICE_ID}`;
const BUCKET = 'the-website';

describe('the internal API about files that the website keeps', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  let s3: Awaited<ReturnType<typeof startS3TestServer>>;
  // biome-ignore lint/suspicious/noExplicitAny: the answer of the API
  let user: any;
  const now = new Date('2026-08-04T09:00:00Z');
  before(async () => {
    s3 = await startS3TestServer({ bucket: BUCKET, pageSize: 100 });
    app = await createNotifyApp({
      now,
      environment: {
        ...ADMIN_ENVIRONMENT,
        SIGNALBOX_S3_ENDPOINT: s3.endpoint,
        AWS_REGION: TEST_CREDENTIALS.region,
        AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
        S3_BUCKET_CSV_UPLOAD: BUCKET,
        S3_BUCKET_CONTACT_LIST: BUCKET,
        S3_BUCKET_TRANSIENT_UPLOADED_LETTERS: BUCKET,
        S3_BUCKET_LETTER_ATTACHMENTS: BUCKET,
        S3_BUCKET_TEMPLATE_EMAIL_FILES: BUCKET,
        S3_BUCKET_REPORT_REQUESTS_DOWNLOAD: BUCKET,
        S3_BUCKET_LOGO_UPLOAD: BUCKET,
      },
    });
    admin = new AdminClient(app);
    user = await admin.register();
    await admin.expect(201, 'POST', `${S}/users/${user.id}`, {
      permissions: [{ permission: 'send_letters' }],
    });
    user = (await admin.expect(200, 'GET', `/user/${user.id}`)).data;
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await s3[Symbol.asyncDispose]();
  });

  const put = (key: string, content: string | Uint8Array, metadata: Record<string, string> = {}) =>
    s3.objects.set(key, { bytes: Buffer.from(content), contentType: 'x/y', metadata, modifiedAt: now });
  const pdfOf = async (pages: number) => {
    const pdf = await PDFDocument.create();
    for (let page = 0; page < pages; page += 1) pdf.addPage([595, 842]);
    return pdf.save();
  };

  it('makes a bulk send of a file that the website has checked', async () => {
    const id = newUuid();
    const body = { id, created_by: user.id };
    await admin.expect(404, 'POST', `${S}/job`, body);
    const key = `service-${SERVICE_ID}-notify/${id}.csv`;
    const metadata = {
      template_id: TEMPLATES.sms,
      original_file_name: 'People.xlsx',
      notification_count: '2',
      valid: 'True',
    };
    const csv = 'phone number,name\r\n07700900001,Jo\r\n07700900002,Sam';
    put(key, csv, { ...metadata, valid: 'False' });
    assert.equal(await admin.refusal(400, 'POST', `${S}/job`, body), "File is not valid, can't create job");
    put(key, csv, metadata);
    // Pressed three times.
    const answers = await Promise.all([1, 2, 3].map(() => admin.call('POST', `${S}/job`, body)));
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [201, 201, 201],
    );
    const { data: job } = await admin.expect(201, 'POST', `${S}/job`, body);
    assert.deepEqual(
      [job.id, job.original_file_name, job.notification_count, job.template, job.job_status],
      [id, 'People.xlsx', 2, TEMPLATES.sms, 'pending'],
    );
    await app.drain();
    const { notifications } = await admin.expect(200, 'GET', `${S}/job/${id}/notifications`);
    assert.deepEqual(
      notifications.map((one: { to: string; personalisation: { name: string } }) => [
        one.to,
        one.personalisation.name,
      ]),
      [
        ['07700900001', 'Jo'],
        ['07700900002', 'Sam'],
      ],
    );
    // Nobody else's file.
    const stranger = await admin.createService(user);
    await admin.expect(404, 'POST', `/service/${stranger.id}/job`, { ...body, id: newUuid() });
  });

  it('keeps contact lists, and lets their file go with them', async () => {
    const id = newUuid();
    const key = `service-${SERVICE_ID}-notify/${id}.csv`;
    const body = {
      id,
      original_file_name: 'Friends.csv',
      row_count: 1,
      template_type: 'sms',
      created_by: user.id,
    };
    await admin.expect(404, 'POST', `${S}/contact-list`, body);
    put(key, 'phone number\n07700900003');
    const list = await admin.expect(201, 'POST', `${S}/contact-list`, body);
    assert.deepEqual([list.id, list.row_count, list.created_by, list.has_jobs], [id, 1, user.name, false]);
    await admin.expect(204, 'DELETE', `${S}/contact-list/${id}`);
    assert.equal(s3.objects.has(key), false);
    await admin.expect(404, 'GET', `${S}/contact-list/${id}`);
  });

  it('sends an uploaded letter once, and lists it with the day it is printed on', async () => {
    const fileId = newUuid();
    const key = `service-${SERVICE_ID}/${fileId}.pdf`;
    const body = {
      filename: 'letter.pdf',
      created_by: user.id,
      file_id: fileId,
      postage: 'first',
      recipient_address: 'Jo%20Pigeon%0A1%20Loft%20Lane%0ASW1A%201AA',
    };
    await admin.expect(404, 'POST', `${S}/send-pdf-letter`, body);
    put(key, await pdfOf(3));
    const answers = await Promise.all([1, 2].map(() => admin.call('POST', `${S}/send-pdf-letter`, body)));
    for (const answer of answers) assert.deepEqual([answer.statusCode, answer.json()], [201, { id: fileId }]);
    assert.equal(s3.objects.has(key), false);
    assert.deepEqual(await admin.expect(201, 'POST', `${S}/send-pdf-letter`, body), { id: fileId });
    const letter = await admin.expect(200, 'GET', `${S}/notifications/${fileId}`);
    assert.deepEqual(
      [letter.status, letter.billable_units, letter.postage, letter.to, letter.client_reference],
      ['created', 2, 'first', 'Jo Pigeon\n1 Loft Lane\nSW1A 1AA', 'letter.pdf'],
    );
    const { content } = await admin.expect(200, 'GET', `${S}/template/preview/${fileId}/pdf`);
    assert.equal(Buffer.from(content, 'base64').subarray(0, 5).toString(), '%PDF-');
    const { content: page } = await admin.expect(200, 'GET', `${S}/template/preview/${fileId}/png?page=2`);
    assert.equal(Buffer.from(page, 'base64').subarray(1, 4).toString(), 'PNG');
    assert.deepEqual(await admin.refusal(400, 'GET', `${S}/template/preview/${fileId}/gif`), {
      content: ['file_type must be pdf or png'],
    });
    const uploads = await admin.expect(200, 'GET', `${S}/upload`);
    const [job, day] = ['job', 'letter_day'].map((type) =>
      uploads.data.find((upload: { upload_type: string }) => upload.upload_type === type),
    );
    assert.equal(job.original_file_name, 'People.xlsx');
    assert.deepEqual(day, {
      id: null,
      original_file_name: 'Uploaded letters',
      notification_count: 1,
      created_at: '2026-08-04 16:30:00',
      upload_type: 'letter_day',
      template_type: 'letter',
      recipient: null,
      statistics: [],
    });
    const printed = await admin.expect(200, 'GET', `${S}/upload/uploaded-letters/2026-08-04`);
    assert.deepEqual([printed.total, printed.notifications[0].id], [1, fileId]);
    assert.equal((await admin.expect(200, 'GET', `${S}/upload/uploaded-letters/2026-08-05`)).total, 0);
    await admin.expect(400, 'GET', `${S}/upload/uploaded-letters/tomorrow`);
    const over = { ...body, file_id: newUuid() };
    put(`service-${SERVICE_ID}/${over.file_id}.pdf`, await pdfOf(1));
    await admin.expect(200, 'POST', S, { letter_message_limit: 1 });
    assert.equal(
      await admin.refusal(429, 'POST', `${S}/send-pdf-letter`, over),
      'Exceeded send limits (letter: 1) for today',
    );
    await admin.expect(404, 'GET', `${S}/notifications/${over.file_id}`);
    await admin.expect(200, 'POST', S, { letter_message_limit: 100 });
  });

  it('cancels a letter that is not printed yet, once', async () => {
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
    const { pool } = app.test.database.db;
    const change = (set: string) => pool.query(`update notify.notifications set ${set} where id = $1`, [id]);
    await change("notification_status = 'sending'");
    assert.match(
      String(await admin.refusal(400, 'POST', path)),
      /^We could not cancel this letter\. Letter status: sending, created_at: 2026-08-04 09:00:00$/,
    );
    await change("created_at = '2026-08-01T10:00:00Z'");
    assert.match(
      String(await admin.refusal(400, 'POST', path)),
      /^It’s too late to cancel this letter\. Printing started on 1 August at 5\.30pm$/,
    );
    const [text] = await storeNotifications(pool, [{ type: 'sms', createdAt: new Date() }]);
    assert.equal(
      await admin.refusal(400, 'POST', `${S}/notifications/${text}/cancel`),
      'Notification cannot be cancelled - only letters can be cancelled',
    );
    await pool.query('delete from notify.notifications where id = any($1)', [[id, text]]);
    const unknown = `${S}/notifications/${newUuid()}/cancel`;
    assert.equal(await admin.refusal(404, 'POST', unknown), 'Notification not found');
  });

  it('attaches a PDF to a letter in two languages, and takes it off again', async () => {
    const { data: template } = await admin.expect(201, 'POST', `${S}/template`, {
      name: 'Both',
      template_type: 'letter',
      subject: 'Hello',
      content: 'English ((name))',
      letter_languages: 'welsh_then_english',
      letter_welsh_subject: 'Helo',
      letter_welsh_content: 'Cymraeg ((name))',
      service: SERVICE_ID,
      created_by: user.id,
    });
    assert.deepEqual(
      [template.letter_languages, template.letter_welsh_subject, template.letter_attachment],
      ['welsh_then_english', 'Helo', null],
    );
    const id = newUuid();
    const body = {
      upload_id: id,
      created_by_id: user.id,
      original_filename: 'leaflet.pdf',
      page_count: 2,
      template_id: template.id,
    };
    await admin.expect(404, 'POST', '/letter-attachment', body);
    put(`service-${SERVICE_ID}/${id}.pdf`, await pdfOf(2));
    assert.equal(
      await admin.refusal(404, 'POST', '/letter-attachment', { ...body, template_id: TEMPLATES.sms }),
      'template-not-found',
    );
    const attached = await admin.expect(201, 'POST', '/letter-attachment', body);
    assert.deepEqual([attached.id, attached.page_count, attached.archived_at], [id, 2, null]);
    assert.equal(
      await admin.refusal(400, 'POST', '/letter-attachment', body),
      'template-already-has-attachment',
    );
    const { data: second } = await admin.expect(200, 'GET', `${S}/template/${template.id}`);
    assert.deepEqual([second.version, second.letter_attachment.id], [2, id]);
    const { id: letterId } = await admin.expect(201, 'POST', `${S}/send-notification`, {
      template_id: template.id,
      to: 'ignored',
      created_by: user.id,
      personalisation: {
        name: 'Jo',
        'address line 1': 'Jo Pigeon',
        'address line 2': '1 Loft Lane',
        'address line 3': 'SW1A 1AA',
      },
    });
    await app.drain();
    const { content } = await admin.expect(200, 'GET', `${S}/template/preview/${letterId}/pdf`);
    // A page of Welsh, one of English and two of the leaflet.
    assert.equal((await PDFDocument.load(Buffer.from(content, 'base64'))).getPageCount(), 4);
    const shown = await admin.expect(200, 'GET', `${S}/notifications/${letterId}`);
    assert.deepEqual(
      [shown.billable_units, shown.template.letter_attachment.id, shown.template.letter_welsh_content],
      [2, id, 'Cymraeg ((name))'],
    );
    await admin.expect(204, 'POST', `/letter-attachment/${id}/archive`, { archived_by: user.id });
    assert.equal(
      await admin.refusal(400, 'POST', `/letter-attachment/${id}/archive`, { archived_by: user.id }),
      'letter-attachment-already-archived',
    );
    const { data: third } = await admin.expect(200, 'GET', `${S}/template/${template.id}`);
    assert.deepEqual([third.version, third.letter_attachment], [3, null]);
    assert.equal((await admin.expect(200, 'GET', `/letter-attachment/${id}`)).archived_by_id, user.id);
    const { data: former } = await admin.expect(200, 'GET', `${S}/template/${template.id}/version/2`);
    assert.equal(former.letter_attachment.id, id);
    const { data: plain } = await admin.expect(200, 'POST', `${S}/template/${template.id}`, {
      letter_languages: 'english',
      letter_welsh_subject: null,
      letter_welsh_content: null,
    });
    assert.deepEqual(
      [plain.version, plain.letter_languages, plain.letter_welsh_content],
      [4, 'english', null],
    );
    assert.deepEqual(
      await admin.refusal(400, 'POST', `${S}/template/${template.id}`, { letter_languages: 'english' }),
      [
        { error: 'ValidationError', message: 'letter_welsh_subject is a required property' },
        { error: 'ValidationError', message: 'letter_welsh_content is a required property' },
      ],
    );
  });

  it('links emails to files that are part of a template', async () => {
    const base = `${S}/templates/${TEMPLATES.email}/template_email_files`;
    const id = newUuid();
    const body = { id, filename: 'Map of lofts.pdf', retention_period: 4, created_by_id: user.id };
    const { data: added } = await admin.expect(201, 'POST', base, body);
    assert.deepEqual([added.pending, added.template_version, added.retention_period], [true, 1, 4]);
    assert.equal(
      await admin.refusal(400, 'POST', base, { ...body, id: newUuid(), filename: 'map-of_lofts.PDF' }),
      `File named map-of_lofts.PDF already exists for template id ${TEMPLATES.email}`,
    );
    const onText = base.replace(TEMPLATES.email, TEMPLATES.sms);
    assert.equal(
      await admin.refusal(400, 'POST', onText, { ...body, id: newUuid() }),
      'Cannot add an email file to a non-email template',
    );
    assert.equal(
      await admin.refusal(400, 'POST', `${base}/${id}`, { pending: false }),
      'The file is not in the store',
    );
    put(`${SERVICE_ID}/${id}`, 'the map');
    const version = async () => (await admin.expect(200, 'GET', `${S}/template/${TEMPLATES.email}`)).data;
    const { data: live } = await admin.expect(200, 'POST', `${base}/${id}`, { pending: false });
    assert.equal(live.pending, false);
    assert.equal((await version()).version, 1);
    await admin.expect(200, 'POST', `${base}/${id}`, { link_text: 'the map' });
    const changed = await version();
    assert.equal(changed.version, 2);
    assert.deepEqual(changed.email_files, [
      {
        id,
        filename: 'Map of lofts.pdf',
        link_text: 'the map',
        retention_period: 4,
        validate_users_email: true,
        pending: false,
      },
    ]);
    const { data: archived } = await admin.expect(200, 'POST', `${base}/${id}/archive`, {
      archived_by_id: user.id,
    });
    assert.equal(archived.archived_by_id, user.id);
    assert.deepEqual((await version()).email_files, []);
    const { data: former } = await admin.expect(200, 'GET', `${S}/template/${TEMPLATES.email}/version/2`);
    assert.equal(former.email_files.length, 1);
    assert.deepEqual((await admin.expect(200, 'GET', base)).data, []);
  });

  it('puts reports where the website fetches them', async () => {
    const { data } = await admin.expect(201, 'POST', `${S}/report-request?report_type=notifications_report`, {
      user_id: user.id,
      report_type: 'notifications_report',
      notification_type: 'sms',
    });
    await app.drain();
    const report = s3.objects.get(`notifications_report/${data.id}.csv`);
    assert.match(report?.bytes.toString() ?? '', /^Recipient,Reference,Template,Type/);
  });

  it('answers with the fields of the specification, and no others', async () => {
    const { pool } = app.test.database.db;
    const query = (text: string, values: unknown[] = []) => pool.query(text, values);
    // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
    const post = async (path: string, body: object, status = 201): Promise<any> =>
      admin.expect(status, 'POST', path, body);
    const made = { created_by: user.id, created_by_id: user.id };
    const organisation = await post('/organisations', {
      name: 'Loft Office',
      crown: true,
      organisation_type: 'central',
    });
    await admin.expect(204, 'POST', `/organisations/${organisation.id}/service`, { service_id: SERVICE_ID });
    await admin.expect(200, 'POST', `/organisations/${organisation.id}/users/${user.id}`, {
      permissions: [],
    });
    const permission = { permissions: [{ permission: 'manage_settings' }] };
    const member = await admin.register();
    await post(`${S}/users/${member.id}`, permission);
    const newcomer = await admin.register();
    const asked = {
      requester_id: newcomer.id,
      contacted_user_ids: [member.id],
      invite_link_host: 'https://x.test',
    };
    const { service_join_request_id: joinId } = await post(`${S}/service-join-request`, asked);
    const invite = { email_address: 'new@example.gov.uk', permissions: 'send_texts' };
    await post(`${S}/invite`, { ...invite, service: SERVICE_ID, from_user: user.id });
    await post(`/organisation/${organisation.id}/invite`, {
      ...invite,
      permissions: [],
      invited_by: user.id,
    });
    await post(`${S}/template-folder`, { name: 'Drafts', parent_id: null });
    const created = await post(`${S}/send-notification`, {
      template_id: TEMPLATES.sms,
      to: '07700900123',
      created_by: user.id,
      personalisation: { name: 'Jo' },
    });
    await post(`${S}/letter-contact`, { contact_block: '1 Loft Lane', is_default: true });
    const callback = { url: 'https://x.test/', bearer_token: 'a long token', updated_by_id: user.id };
    const { data: set } = await post(`${S}/callback-api`, { ...callback, callback_type: 'complaint' });
    await post(`${S}/data-retention`, { notification_type: 'sms', days_of_retention: 9 });
    await post(`/user/${user.id}/webauthn`, { name: 'a', credential_data: 'b', registration_response: 'c' });
    await post('/email-branding', { name: 'Loft', text: 'Loft', ...made });
    await post('/letter-branding', { name: 'Loft', filename: 'loft', ...made });
    await post(`${S}/report-request`, { user_id: user.id, report_type: 'notifications_report' });
    const { data: report } = await post(
      `${S}/report-request`,
      { user_id: user.id, report_type: 'notifications_report' },
      200,
    );
    await post(`${S}/api-key`, { name: 'Shapes', key_type: 'normal', created_by: user.id });
    const number = newUuid();
    await query(
      `insert into notify.inbound_numbers (id, number, provider, service_id, created_at)
       values ($1, '07700900999', 'mmg', $2, $3)`,
      [number, SERVICE_ID, now],
    );
    await query(
      `insert into notify.inbound_sms (id, service_id, notify_number, user_number, provider, content, created_at)
       values ($1, $2, '07700900999', '447700900001', 'mmg', $3, $4)`,
      [newUuid(), SERVICE_ID, app.context.secrets.seal('hello'), now],
    );
    const [letter, email] = await storeNotifications(pool, [
      { type: 'letter', createdAt: now },
      { type: 'email', createdAt: now },
    ]);
    await query(
      `insert into notify.returned_letters (notification_id, service_id, reported_at, created_at)
       values ($1, $2, '2026-08-04', $3)`,
      [letter, SERVICE_ID, now],
    );
    await query(
      `insert into notify.complaints (id, notification_id, service_id, created_at) values ($1, $2, $3, $4)`,
      [newUuid(), email, SERVICE_ID, now],
    );
    await query(
      `insert into notify.unsubscribe_requests (id, notification_id, service_id, template_id, template_version,
         email_address, created_at)
       values ($1, $2, $3, $4, 1, 'a@example.test', $5)`,
      [newUuid(), email, SERVICE_ID, TEMPLATES.email, now],
    );
    const period = { earliest_timestamp: '2026-08-01', latest_timestamp: '2026-08-05', count: 1 };
    const stamp = (day: string) => `${day} 00:00:00`;
    const { report_id: batch } = await post(`${S}/create-unsubscribe-request-report`, {
      ...period,
      earliest_timestamp: stamp(period.earliest_timestamp),
      latest_timestamp: stamp(period.latest_timestamp),
    });
    await query(
      `insert into notify.ft_billing (bst_date, template_id, service_id, notification_type, provider, rate_multiplier,
         international, rate, postage, billable_units, notifications_sent)
       values ('2026-08-03', $1, $2, 'sms', 'mmg', 1, false, 0.02, 'none', 1, 1)`,
      [TEMPLATES.sms, SERVICE_ID],
    );
    const cases = answersOf({
      service: SERVICE_ID,
      template: TEMPLATES.email,
      user: user.id,
      address: user.email_address,
      organisation: organisation.id,
      notification: created.id,
      callback: set.id,
      joinRequest: joinId,
      report: report.id,
      batch,
    });
    for (const [url, path, shape, body] of cases) {
      const answer = await admin.expect(200, body ? 'POST' : 'GET', url, body);
      const found = path.split('.').reduce((part, name) => (name === '' ? part : part?.[name]), answer);
      assert.ok(
        found && typeof found === 'object',
        `${url}: nothing at ${path} of ${JSON.stringify(answer)}`,
      );
      assert.deepEqual(Object.keys(found).sort(), SHAPES[shape].split(/\s+/).sort(), `${url} ${path}`);
    }
  });
});
