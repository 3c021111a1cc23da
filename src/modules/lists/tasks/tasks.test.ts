import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { mergedMetricsText } from '#platform/telemetry';
import { ANA, addGift, type ListsApp, makeList, openLists, PASSWORD, reserve } from '../testing/lists-app.ts';
import { growthOf } from './traffic.ts';

const DAY_MS = 86_400_000;

describe('work by the clock', () => {
  let app: ListsApp;
  let dashboard: Server;
  const pushes: { path: string; body: string }[] = [];
  before(async () => {
    dashboard = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        pushes.push({ path: request.url ?? '', body });
        response.end('not JSON at all');
      });
    });
    await new Promise<void>((resolve) => dashboard.listen(0, '127.0.0.1', () => resolve()));
    // A listening TCP server always has an address object.
    const { port } = dashboard.address() as AddressInfo;
    app = await openLists(
      {},
      { KPI_URL: `http://127.0.0.1:${port}/push`, LISTS_ALERT_EMAIL: 'ops@example.org' },
    );
  });
  after(async () => {
    await app.close();
    dashboard.closeAllConnections();
    dashboard.close();
  });

  const run = async (name: string) => {
    const task = app.test.app.modules.flatMap(({ module }) => module.tasks).find((one) => one.name === name);
    assert.ok(task);
    await app.test.app.stores[0].jobs.enqueue(null, task, [{ payload: {} }]);
    return app.letters();
  };
  const count = async (table: string, where = 'true') => {
    const { rows } = await app.test.database.db.pool.query(
      `select count(*)::int as n from lists.${table} where ${where}`,
    );
    return rows[0].n as number;
  };
  const at = async (offsetMs: number, work: () => Promise<void>) => {
    const before = app.clock.now;
    app.clock.now = new Date(before.getTime() + offsetMs);
    try {
      await work();
    } finally {
      app.clock.now = before;
    }
  };

  it('pushes one counter for each event, and none for test traffic', async () => {
    const listId = await makeList(app);
    const productId = await addGift(app, listId);
    await reserve(app, { listId, productId }, 'kpi@example.org');
    const marks: Record<string, string>[] = [{ 'user-agent': 'PostmanRuntime/7' }, { 'x-test-traffic': '1' }];
    for (const headers of marks) {
      const body = { title: 't', description: '', occasion: 'o', imageUrl: '' };
      await app.send('POST', '/lists', { as: ANA, body, headers });
    }
    await app.letters();
    const names = pushes.map(({ body }) => Object.keys(JSON.parse(body).cumulative)[0]);
    assert.deepEqual(names.sort(), ['Gifts Added', 'New Lists', 'Reserved']);
    const day = app.clock.now.toISOString().slice(0, 10).replaceAll('-', '');
    const [reserved] = pushes.map(({ body }) => JSON.parse(body)).filter(({ color }) => color.Reserved);
    assert.deepEqual(reserved, {
      data: [{ Date: day, Reserved: '1' }],
      cumulative: { Reserved: '0' },
      color: { Reserved: '#2A8C82' },
      type: { Reserved: 'area' },
    });
  });

  it('raises an alarm once while it lasts, tells of it by mail, and notes when it is over', async () => {
    const alarms = async (name: string) =>
      (await run('lists.check_alarms')).filter(({ subject }) => subject.includes(`Alarm: ${name}`)).length;
    assert.equal(await alarms('OutboxLate'), 0);
    await app.test.database.db.pool.query(`
      insert into lists.mail_outbox (id, template, recipient, variables, created_at)
      values (gen_random_uuid(), 'welcome', 'late@example.org', '{}', now() - interval '1 hour')`);
    assert.equal(await alarms('OutboxLate'), 1);
    const metrics = await mergedMetricsText([await app.test.app.metrics.snapshot()]);
    const gauge = (name: string) =>
      Number(new RegExp(`^signalbox_lists_${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
    assert.equal(gauge('mails_waiting'), await count('mail_outbox', "state = 'waiting'"));
    assert.ok(gauge('mails_waiting_oldest_seconds') >= 3_500);
    assert.equal(gauge('not_found_products'), await count('not_found_products'));
    assert.equal(await alarms('OutboxLate'), 1, 'told once');
    await app.test.database.db.pool.query(
      "delete from lists.mail_outbox where recipient = 'late@example.org'",
    );
    await run('lists.check_alarms');
    const [store] = app.test.app.stores;
    const { events } = await store.events.search({ name: 'alarm.cleared' }, { limit: 10 });
    assert.deepEqual(
      events.map(({ properties }) => properties),
      [{ alarm: 'OutboxLate' }],
    );
    await at(DAY_MS + 3_600_000, async () => {
      for (const name of ['BackupMissed', 'NotFoundCheckMissed']) assert.equal(await alarms(name), 1, name);
    });
    await app.test.database.db.pool.query(`
      insert into lists.mail_outbox (id, template, recipient, variables, state, sent_at)
      select gen_random_uuid(), 'welcome', 'failed@example.org', '{}', 'failed', now() from generate_series(1, 6)`);
    assert.equal(await alarms('MailsFailed'), 1);
    assert.equal(await alarms('StatusPageUnavailable'), 1, 'nothing listens in this test');
    for (const healthy of ['RequestRate', 'DomainErrors', 'BackupFailed', 'CertificateExpires'])
      assert.equal(await alarms(healthy), 0, healthy);
  });

  it('counts traffic over processes, and a restarted one from nothing', () => {
    const metric = (requests: number) => ({ requests, refusals: 1 });
    assert.deepEqual(growthOf({ a: metric(10) }, { a: metric(15), b: metric(3) }), {
      requests: 8,
      refusals: 1,
    });
  });

  it('tells the operators of not-found products when there are more, and once a day', async () => {
    await app.send('POST', '/notfound', { as: ANA, body: { brand: 'b', details: 'd', url: 'u' } });
    const alerts = async () =>
      (await run('lists.alert_not_found')).filter(({ subject }) => subject.includes('items in the NotFound'))
        .length;
    assert.equal(await alerts(), 1);
    assert.equal(await alerts(), 1);
    await app.send('POST', '/notfound', { as: ANA, body: { brand: 'b', details: 'd', url: 'u' } });
    assert.equal(await alerts(), 2);
    await at(DAY_MS + 1_000, async () => assert.equal(await alerts(), 3));
  });

  it('reminds a holder once, a week before, and proposes to close two weeks after', async () => {
    const listId = await makeList(app, {
      title: 'Near',
      eventDate: format(new Date(app.clock.now.getTime() + 5 * DAY_MS)),
    });
    const productId = await addGift(app, listId);
    await reserve(app, { listId, productId }, 'remind@example.org');
    const reminders = async () =>
      (await run('lists.remind')).filter(({ subject }) =>
        subject.startsWith('Have you bought your gift? Near'),
      ).length;
    assert.equal(await reminders(), 1);
    assert.equal(await reminders(), 1);
    await at(20 * DAY_MS, async () => {
      const letters = await run('lists.remind');
      assert.equal(
        letters.filter(({ subject }) => subject.startsWith('Shall the list stay open? Near')).length,
        1,
      );
    });
  });

  it('reports counters that disagree and changes nothing', async () => {
    const listId = await makeList(app);
    const productId = await addGift(app, listId, 3);
    await app.test.database.db.pool.query('update lists.gifts set reserved = 2 where product_id = $1', [
      productId,
    ]);
    await run('lists.reconcile');
    const { rows } = await app.test.database.db.pool.query(
      "select subjects from platform.events where module = 'lists' and name = 'gift.counters_wrong'",
    );
    assert.deepEqual(
      rows.map(({ subjects }) => subjects),
      [[listId, productId]],
    );
    assert.equal(await count('gifts', `product_id = '${productId}' and reserved = 2`), 1);
  });

  it('forgets codes, unconfirmed accounts, messages and guests of long-closed lists when their time is up', async () => {
    await app.send('POST', '/auth/sign-up', {
      body: { name: 'U', email: 'unconfirmed@example.org', password: PASSWORD },
    });
    await app.send('POST', '/contact', {
      body: { name: 'C', email: 'c@example.org', message: '<b>hello</b>' },
    });
    const listId = await makeList(app);
    const productId = await addGift(app, listId);
    const { body } = await reserve(app, { listId, productId }, 'old-guest@example.org');
    await app.send('POST', `/lists/${listId}/close`, { as: ANA });
    await run('lists.retain');
    assert.equal(await count('users', "email = 'unconfirmed@example.org'"), 1);
    await at(8 * DAY_MS, async () => {
      await run('lists.retain');
      assert.equal(await count('users', "email = 'unconfirmed@example.org'"), 0);
      assert.equal(await count('auth_codes'), 0);
      assert.equal(await count('contact_messages'), 1);
    });
    await at(740 * DAY_MS, async () => {
      await run('lists.retain');
      assert.equal(await count('contact_messages'), 0);
      const reservation = await app.send('GET', `/lists/reservation/${body.reservation_id}`);
      assert.deepEqual([reservation.body.name, reservation.body.email], ['Somebody', '']);
    });
  });

  it('warns accounts that nobody uses, and erases them a month later', async () => {
    const email = 'idle@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, verified: true }] });
    await at(705 * DAY_MS, async () => {
      const letters = await run('lists.retain');
      assert.equal(
        letters.filter(({ to, subject }) => to[0] === email && subject.includes('will be erased')).length,
        1,
      );
      assert.equal(await count('users', `email = '${email}'`), 1);
    });
    await at(740 * DAY_MS, async () => {
      await run('lists.retain');
      assert.equal(await count('users', `email = '${email}'`), 0);
    });
  });

  it('sends a contact message escaped, with a reply address, and answers with a ticket', async () => {
    const body = { name: '<i>Cy</i>', email: 'cy@example.org', message: '<script>x</script>' };
    const answer = await app.send('POST', '/contact', { body });
    assert.ok(answer.body.id >= 100_001 && answer.body.id <= 999_998);
    const letter = (await app.letters()).findLast(({ subject }) => subject.includes(`#${answer.body.id}`));
    assert.ok(letter && !letter.html.includes('<script>') && !letter.html.includes('<i>'));
    assert.match(letter.subject, /^Signalbox Lists message from <i>Cy<\/i>\. #\d{6} \(dev\)$/);
    for (const field of ['name', 'email', 'message']) {
      const refused = await app.send('POST', '/contact', { body: { ...body, [field]: undefined } });
      assert.equal(refused.body.error, `API Event did not contain ${field} in the body.`);
    }
  });

  it('limits what one address may do, when limits are on', async () => {
    await app.apply({ settings: { rate_limits: true } });
    const body = { name: 'n', email: 'n@example.org', message: 'm' };
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1)
      statuses.push((await app.send('POST', '/contact', { body })).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
    await at(11 * 60_000, async () =>
      assert.equal((await app.send('POST', '/contact', { body })).status, 200),
    );
    await app.apply({ settings: { rate_limits: false } });
  });

  it('applies a set-up twice without changing anything the second time', async () => {
    const apply = app.test.app.modules[0]?.module.apply;
    const section = {
      users: [
        {
          id: 'custom-id',
          email: 'Applied@Example.org',
          password: PASSWORD,
          name: 'A',
          verified: true,
          roles: ['editor'],
        },
      ],
      api_clients: [{ access_key: 'AKIA2', secret_key: 's', user: 'applied@example.org' }],
      settings: { shared_view: 'full' },
    };
    const options = { actor: { kind: 'cli', id: 'x', name: 'x' } } as const;
    const dry = await apply?.apply(section, { ...options, dryRun: true });
    assert.deepEqual(
      dry?.map(({ change }) => change),
      ['created', 'created', 'created'],
    );
    assert.equal(await count('users', "id = 'custom-id'"), 0);
    await apply?.apply(section, { ...options, dryRun: false });
    const again = await apply?.apply(section, { ...options, dryRun: false });
    assert.deepEqual(
      again?.map(({ change }) => change),
      ['unchanged', 'unchanged', 'unchanged'],
    );
  });
});

function format(date: Date): string {
  return date.toLocaleDateString('en-GB', {
    day: '2-digit',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
}
