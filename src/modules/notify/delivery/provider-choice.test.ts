import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createLogger } from '#platform/telemetry';
import { newNotificationId } from '../notifications/notification.ts';
import { createNotifyApp, type NotifyApp, SERVICE_ID, TEMPLATES } from '../testing/notify-app.ts';
import { createProviderChoice } from './provider-choice.ts';

const NOW = new Date('2026-08-01T12:00:00Z');
const MINUTE = 60_000;

describe('the choice of provider', () => {
  let app: NotifyApp;
  before(async () => {
    app = await createNotifyApp({ now: NOW });
  });
  after(() => app[Symbol.asyncDispose]());
  const query = (text: string, values: unknown[] = []) => app.test.database.db.pool.query(text, values);
  beforeEach(async () => {
    await query(
      "update notify.providers set priority = case identifier when 'mmg' then 51 else 49 end, updated_at = null, active = identifier in ('mmg', 'firetext') where notification_type = 'sms'",
    );
    await query('delete from notify.provider_errors');
    await query('delete from notify.notifications');
  });

  const choiceAt = (minutes = 0, random?: () => number) =>
    createProviderChoice({
      db: app.test.database.db,
      clock: { now: () => new Date(NOW.getTime() + minutes * MINUTE) },
      log: createLogger({ level: 'silent', name: 'test' }),
      available: new Set(['mmg', 'firetext', 'smtp']),
      ...(random ? { random } : {}),
    });
  const priorities = async () =>
    Object.fromEntries(
      (
        await query(
          "select identifier, priority from notify.providers where active and notification_type = 'sms'",
        )
      ).rows.map(({ identifier, priority }) => [identifier, priority]),
    );
  const addTexts = async (provider: string, count: number, status: string, tookMinutes: number) => {
    for (let number = 0; number < count; number += 1) {
      const createdAt = new Date(NOW.getTime() - 10 * MINUTE);
      await query(
        `insert into notify.notifications (id, service_id, template_id, template_version, key_type, notification_type,
           notification_status, created_at, sent_at, updated_at, sent_by, recipient)
         values ($1, $2, $3, 1, 'normal', 'sms', $4, $5, $5, $6, $7, 'x')`,
        [
          newNotificationId(createdAt.getTime()),
          SERVICE_ID,
          TEMPLATES.sms,
          status,
          createdAt,
          new Date(createdAt.getTime() + tookMinutes * MINUTE),
          provider,
        ],
      );
    }
  };

  it('goes by weight', async () => {
    const counts: Record<string, number> = {};
    for (let ticket = 0; ticket < 100; ticket += 1) {
      const name = await choiceAt(0, () => ticket / 100).choose('sms', false);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    assert.deepEqual(counts, { firetext: 49, mmg: 51 });
    await query("update notify.providers set priority = 0 where notification_type = 'sms'");
    assert.equal(await choiceAt(0, () => 0.9).choose('sms', false), 'mmg');
    await query("update notify.providers set active = false where notification_type = 'sms'");
    await assert.rejects(choiceAt().choose('sms', false), /no active providers/);
  });

  it('leaves a provider that fails more than fifty times in a minute, once', async () => {
    const [one, other] = [choiceAt(), choiceAt()];
    for (let failure = 0; failure < 50; failure += 1) await (failure % 2 ? one : other).noteFailure('mmg');
    assert.deepEqual(await priorities(), { mmg: 51, firetext: 49 });
    await one.noteFailure('mmg');
    await other.noteFailure('mmg');
    assert.deepEqual(await priorities(), { mmg: 41, firetext: 59 });
    const { rows } = await query(
      "select priority, reason from notify.providers_history where identifier = 'mmg' order by version desc limit 1",
    );
    assert.deepEqual(rows, [{ priority: 41, reason: 'Reduced due to reduced reliability' }]);
  });

  it('leaves a provider that is slow while the other is not, and neither when both are', async () => {
    await addTexts('mmg', 17, 'delivered', 1);
    await addTexts('mmg', 3, 'delivered', 6);
    await addTexts('firetext', 20, 'delivered', 1);
    await choiceAt().watchSlowness();
    assert.deepEqual(await priorities(), { mmg: 41, firetext: 59 });
    await choiceAt(1).watchSlowness();
    assert.deepEqual(await priorities(), { mmg: 41, firetext: 59 });
    await query('update notify.providers set updated_at = null');
    await addTexts('firetext', 5, 'sending', 0);
    await choiceAt().watchSlowness();
    assert.deepEqual(await priorities(), { mmg: 41, firetext: 59 });
  });

  it('drifts back when nothing happened for a while', async () => {
    await query(
      "update notify.providers set priority = case identifier when 'mmg' then 30 else 70 end, updated_at = $1 where active",
      [new Date(NOW.getTime() - 14 * MINUTE)],
    );
    await choiceAt().rest();
    assert.deepEqual(await priorities(), { mmg: 30, firetext: 70 });
    await choiceAt(2).rest();
    assert.deepEqual(await priorities(), { mmg: 40, firetext: 60 });
  });
});
