import { templateFileKey } from '../template-files/template-files.ts';
import { type NotifyApp, SERVICE_ID, TEMPLATES } from './notify-app.ts';
import { storeNotifications } from './stored-notifications.ts';

/** Something to do for each scheduled task that an application would not have otherwise, as it stands at `now`. */
export async function storeWorkForSchedules(
  app: NotifyApp,
  now: Date,
  setNow: (time: Date) => void,
): Promise<void> {
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  const at = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const bulk = app.bulkSends();
  const upload = async () => {
    setNow(at(9 * 24 * 60));
    const content = Buffer.from('phone number,name\n07700900001,Ann\n07700900002,Bob\n');
    const { id } = await bulk.upload({ serviceId: SERVICE_ID, fileName: 'people.csv', content });
    await bulk.check({ serviceId: SERVICE_ID, uploadId: id, templateId: TEMPLATES.sms });
    return id;
  };
  const create = async (change: string, values: unknown[]) => {
    const uploadId = await upload();
    setNow(at(120));
    const { id } = await bulk.create({
      serviceId: SERVICE_ID,
      uploadId,
      createdById: null,
      scheduledFor: now,
    });
    await query(`update notify.bulk_sends set ${change} where id = $1`, [id, ...values]);
  };
  // A file that nothing was made of; one that is due, one that got stuck, one with and one without all its messages.
  await upload();
  await create('scheduled_for = $2', [now]);
  const started = "status = 'in progress', processing_started = $2, updated_at = $2";
  await create(started, [at(40)]);
  await create("status = 'finished', notification_count = 0, processing_finished = $2", [at(5)]);
  await create("status = 'finished', processing_finished = $2", [at(30)]);
  await query(
    `insert into notify.bulk_sends (id, service_id, template_id, template_version, template_type,
       original_file_name, notification_count, status, created_at)
     select gen_random_uuid(), $1, gen_random_uuid(), 1, type, 'old.csv', 0, 'cancelled', $2
     from unnest(array['sms', 'letter']) as type`,
    [SERVICE_ID, at(20 * 24 * 60)],
  );
  const sms = { type: 'sms' as const, sentBy: 'mmg', status: 'sending', sentAt: at(9) };
  await storeNotifications(app.test.database.db.pool, [
    { type: 'letter', status: 'technical-failure', createdAt: at(60), updatedAt: at(50) },
    ...Array.from({ length: 501 }, () => ({ ...sms, createdAt: at(10), normalisedTo: '447700900001' })),
  ]);
  await query("update notify.providers set active = true where notification_type = 'sms'");
  await query(
    `insert into notify.report_requests (id, service_id, report_type, status, parameter, created_at)
     values (gen_random_uuid(), $1, 'notifications_report', 'stored', '{}', $2)`,
    [SERVICE_ID, at(2 * 24 * 60)],
  );
  await query(
    `insert into notify.email_brands (id, name, alt_text, created_by_id, created_at)
     values (gen_random_uuid(), 'A new brand', 'A brand', '77777777-7777-4777-8777-777777777777', $1)`,
    [at(24 * 60)],
  );
  await query("insert into notify.admin_events values (gen_random_uuid(), 'sucessful_login', '{}', $1)", [
    at(53 * 7 * 24 * 60),
  ]);
  const file = { id: '66666666-6666-4666-8666-666666666666', days: 15 };
  await query(
    `insert into notify.template_email_files (id, template_id, template_version, filename, pending, archived_at,
       created_at)
     values ($1, $2, 1, 'old.txt', false, $3, $3), (gen_random_uuid(), $2, 1, 'new.txt', true, null, $4)`,
    [file.id, TEMPLATES.email, at(file.days * 24 * 60), at(2 * 24 * 60)],
  );
  const type = { contentType: 'text/plain' };
  await app.test.app.blobs.put(templateFileKey(SERVICE_ID, file.id), 'x', type);
  setNow(at(20 * 24 * 60));
  const document = {
    base64: 'eA==',
    filename: 'a.txt',
    isCsv: false,
    confirmsEmail: false,
    retentionWeeks: 1,
  };
  await app.context.documents.store(document, { serviceId: SERVICE_ID, recipient: 'a@example.test' });
}
