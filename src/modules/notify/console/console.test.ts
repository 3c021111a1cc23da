import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '#platform/telemetry';
import { launchChromium, skipReason } from '../../../../test/pages/chromium.ts';
import { signInAs } from '../../../../test/pages/open-console.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from '../../../../test/pages/page-checks.ts';
import type { TestBrowser } from '../../../../test/pages/test-browser.ts';
import { queueCallbacks } from '../callbacks/queue-callbacks.ts';
import { insertMember, replacePermissions } from '../team/member-queries.ts';
import { answerJson, startFakeProvider } from '../testing/fake-provider.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';
import { userOfActor } from './access.ts';

const BASE = `/pages/notify/services/${SERVICE_ID}`;

describe('the console pages about Notify', () => {
  let app: NotifyApp;
  let operator: TestBrowser;
  before(async () => {
    app = await createNotifyApp({
      environment: { NOTIFY_CALLBACK_PRIVATE_ADDRESSES: 'allow' },
      services: [
        declaredService({
          inbound_number: '07700900499',
          received_texts: [{ from: '07700900111', content: 'Is my pigeon <b>home</b>?' }],
          team: [{ name: 'A Member', email: 'member@example.gov.uk', mobile: '07700900124' }],
        }),
      ],
    });
    const auth = { db: app.test.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    operator = await signInAs(app.test.console, auth, 'operator');
  });
  after(() => app[Symbol.asyncDispose]());

  const visit = async (path: string, status = 200): Promise<string> => {
    const response = await operator.visit(path);
    assert.equal(response.statusCode, status, `${path}: ${response.body.slice(0, 300)}`);
    return response.body;
  };
  const submit = async (path: string, fields: Record<string, string>, status = 303) => {
    const response = await operator.submit(path, fields);
    assert.equal(
      response.statusCode,
      status,
      response.body.slice(response.body.indexOf('<main')).slice(0, 1_500),
    );
    return response.headers.location === undefined ? response.body : String(response.headers.location);
  };

  it('add a service in trial mode, set it up and make it live', async () => {
    await visit('/pages/notify/services');
    assert.match(await submit('/pages/notify/services', { name: '' }, 422), /Enter a name/);
    const path = await submit('/pages/notify/services', { name: 'A <new> service' });
    assert.match(await visit(path), /A &lt;new&gt; service[\s\S]+Trial mode/);
    assert.match(
      await submit('/pages/notify/services', { name: 'A new service' }, 422),
      /Another service has this name/,
    );
    const settings = {
      name: 'A better name',
      email_message_limit: 'x',
      sms_message_limit: '5',
      letter_message_limit: '5',
    };
    assert.match(await submit(`${path}/settings`, settings, 422), /Enter a whole number/);
    await submit(`${path}/settings`, { ...settings, email_message_limit: '70', permissions: 'email' });
    await submit(`${path}/mode`, { mode: 'live' });
    const page = await visit(path);
    assert.match(page, /A better name[\s\S]+Live/);
    assert.match(page, /250,000/);
    assert.match(await visit('/pages/notify/services?text=BETTER'), /A better name/);
    assert.match(await visit('/pages/notify/services?text=nothing'), /No service matches/);
    assert.match(await visit(`${path}/templates`), /There is nothing here yet/);
    assert.match(await visit(`${path}/keys`), /There are no keys/);
    assert.match(await visit(`${path}/messages`), /There are no messages/);
    assert.match(await visit(`${path}/received`), /The service has no number/);
    assert.match(await visit(`${path}/send`), /There is no template to send/);
    assert.match(await visit(`${path}/bulk-sends`), /There is no template to send/);
    // Only an administrator may end a service.
    await submit(`${path}/archive`, {}, 403);
  });

  it('show a key once and revoke it', async () => {
    await visit(`${BASE}/keys`);
    assert.match(await submit(`${BASE}/keys`, { name: 'K' }, 422), /Choose who the key may send to/);
    const page = await submit(`${BASE}/keys`, { name: 'Night runs', type: 'test' }, 200);
    const [, secret = ''] = new RegExp(`Night_runs-${SERVICE_ID}-([0-9a-f-]{36})`).exec(page) ?? [];
    const read = () => app.call({ url: '/v2/notifications', secret });
    assert.equal((await read()).statusCode, 200);
    const again = await visit(`${BASE}/keys`);
    assert.ok(!again.includes(secret));
    const form = /action="([^"]+\/revoke)"[\s\S]+?Night runs/g;
    const path = [...again.matchAll(form)].map(([, action]) => action).at(-1) ?? '';
    const row = /<tr[^>]*>(?:(?!<\/tr>)[\s\S])*Night runs(?:(?!<\/tr>)[\s\S])*<\/tr>/.exec(again)?.[0] ?? '';
    await submit(/action="([^"]+)"/.exec(row)?.[1] ?? path, {});
    assert.equal((await read()).statusCode, 403);
  });

  it('write a template with a preview, keep its versions and refuse to overwrite another editor', async () => {
    const links = await visit(`${BASE}/templates`);
    for (const type of ['email', 'sms', 'letter'])
      assert.ok(links.includes(`/templates/new?type=${type}"`), type);
    await visit(`${BASE}/templates/new?type=email`);
    const draft = {
      type: 'email',
      name: 'Welcome',
      subject: 'Hello ((name))',
      content: '# Your loft\r\n\r\nIt is <b>ready</b>, ((name)).',
    };
    const preview = await submit(`${BASE}/templates`, { ...draft, do: 'preview' }, 200);
    assert.match(preview, /<iframe[^>]+sandbox[^>]+srcdoc="[^"]*Your loft[^"]*\(\(name\)\)/);
    assert.match(await submit(`${BASE}/templates`, { ...draft, name: '' }, 422), /Enter a name/);
    const path = await submit(`${BASE}/templates`, { ...draft, do: 'save' });
    const change = { ...draft, content: 'Dear ((first name))', version: '1', do: 'save' };
    await submit(path, change);
    assert.match(await submit(path, { ...change, content: 'Lost' }, 422), /Somebody has saved the template/);
    const page = await visit(path);
    assert.match(page, /version 2/);
    assert.match(page, /Placeholders added: first name/);
    assert.match(await visit(`${path}?version=1`), /version 1 of 2/);
    const folder = await submit(`${BASE}/folders`, { name: 'Letters home', folder: '' });
    await submit(`${path}/move`, { folder: new URL(folder, 'http://x').searchParams.get('folder') ?? '' });
    assert.match(await visit(folder), /Welcome/);
    await submit(`${path}/archive`, {});
    assert.doesNotMatch(await visit(folder), /Welcome/);
  });

  it('write a letter in Welsh and English, or in English alone', async () => {
    const draft = { type: 'letter', name: 'In two languages', subject: 'Your pigeon', content: 'It flew.' };
    const half = { ...draft, welsh_content: 'Hedfanodd.', folder: '' };
    assert.match(await submit(`${BASE}/templates`, half, 422), /Enter a heading in Welsh/);
    const whole = { ...half, welsh_subject: 'Eich colomen' };
    assert.match(await submit(`${BASE}/templates`, { ...whole, do: 'preview' }, 200), /Page 2 of the letter/);
    const path = await submit(`${BASE}/templates`, { ...whole, do: 'save' });
    assert.match(await visit(`${path}/edit`), /value="Eich colomen"[\s\S]+>Hedfanodd\.</);
    await submit(path, { ...draft, version: '1' });
    assert.doesNotMatch(await visit(`${path}/edit`), /Eich colomen|Hedfanodd/);
  });

  it('send one message after a preview and find it in the log', async () => {
    const path = `${BASE}/send?template=${TEMPLATES.sms}`;
    assert.match(await visit(path), /Phone number/);
    const fields = { template: TEMPLATES.sms, to: '07700900321', 'value:name': 'Jo' };
    assert.match(await submit(`${BASE}/send`, { ...fields, do: 'preview' }, 200), /Pigeon Affairs: Hello Jo/);
    assert.match(
      await submit(`${BASE}/send`, { ...fields, 'value:name': '' }, 422),
      /href="#gap-0">Enter the value of ‘name’/,
    );
    assert.match(await submit(`${BASE}/send`, { ...fields, to: '12' }, 422), /Not enough digits/);
    const message = await submit(`${BASE}/send`, { ...fields, do: 'send' });
    const page = await visit(message);
    assert.match(page, /07700900321[\s\S]+Accepted[\s\S]+Hello Jo/);
    assert.match(await visit(`${BASE}/messages?to=900321`), /07700900321/);
    assert.match(await visit(`${BASE}/messages?to=nobody`), /No message matches/);
    assert.match(await visit(`${BASE}/messages?status=failed`), /No message matches/);
    for (const id of ['07700 900321', message.split('/').at(-1)]) {
      const found = await visit(`/register?id=${encodeURIComponent(id ?? '')}`);
      assert.match(found, new RegExp(`Pages about it[\\s\\S]+${message}[\\s\\S]+sent by Pigeon Affairs`));
    }
    assert.match(await visit(`/register?id=${TEMPLATES.sms}`), /template of Pigeon Affairs/);
    assert.match(await visit('/register?id=nobody@example.org'), /The register holds no names or addresses/);
    assert.match(await visit('/audit'), /message\.<wbr>sent/);
  });

  it('check a file row by row and send only what is right', async () => {
    await visit(`${BASE}/bulk-sends?template=${TEMPLATES.sms}`);
    const upload = async (content: string) => {
      const found = await app.bulkSends().upload({
        serviceId: SERVICE_ID,
        fileName: 'flock.csv',
        content: Buffer.from(content),
      });
      return `${BASE}/bulk-sends/check/${found.id}`;
    };
    const bad = await visit(
      `${await upload('phone number,name\n07700900322,Jo\n12,\n')}?template=${TEMPLATES.sms}`,
    );
    assert.match(bad, /1 row has errors/);
    assert.doesNotMatch(bad, /Send 2 messages/);
    const path = await upload('phone number,name\n07700900322,Jo\n07700900323,Sam\n');
    assert.match(await visit(`${path}?template=${TEMPLATES.sms}`), /Send 2 messages/);
    const fields = { template: TEMPLATES.sms, when: 'later', at: 'tomorrow' };
    assert.match(await submit(path, fields, 422), /Enter a time such as/);
    const inTwoHours = new Date(Date.now() + 2 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
    const send = await submit(path, { ...fields, at: inTwoHours });
    assert.match(await visit(send), /flock\.csv[\s\S]+Scheduled[\s\S]+Cancel these messages/);
    await submit(`${send}/cancel`, {});
    assert.match(await visit(send), /Cancelled[\s\S]+cancelled before it began/);
  });

  it('manage the team, its invitations and the guest list', async () => {
    const page = await visit(`${BASE}/team`);
    const member = /href="([^"]+\/team\/[0-9a-f-]{36})"/.exec(page)?.[1] ?? '';
    await submit(member, { rights: 'manage_templates', do: 'save' });
    assert.match(await visit(`${BASE}/team`), /Edit templates and folders/);
    assert.match(await submit(`${BASE}/invites`, { email: 'nope' }, 422), /Enter an email address/);
    await submit(`${BASE}/invites`, { email: 'guest@example.gov.uk', rights: 'send_messages' });
    assert.match(await visit(`${BASE}/team`), /Open invitations[\s\S]+guest@example\.gov\.uk/);
    assert.match(await submit(`${BASE}/guest-list`, { guests: 'x' }, 422), /Invalid guest list/);
    await submit(`${BASE}/guest-list`, { guests: 'guest@example.gov.uk\r\n07700900555' });
    // The last one cannot leave.
    assert.match(await submit(member, { do: 'remove' }, 422), /too few people/);
  });

  it('set callbacks and switch providers', async () => {
    await visit(`${BASE}/callbacks`);
    const callback = { type: 'delivery_status', url: 'http://plain.example.test', token: 'short' };
    const refused = await submit(`${BASE}/callbacks`, callback, 422);
    assert.match(refused, /begins with https[\s\S]+10 characters or more/);
    await submit(`${BASE}/callbacks`, {
      ...callback,
      url: 'https://receiver.example.test',
      token: 'long enough',
    });
    const page = await visit(`${BASE}/callbacks`);
    assert.match(page, /https:\/\/receiver\.example\.test/);
    assert.ok(!page.includes('long enough'));
    await visit('/pages/notify/providers/firetext');
    assert.match(
      await submit('/pages/notify/providers/firetext', { priority: '200', active: 'yes' }, 422),
      /from 0 to 100/,
    );
    const change = { priority: '10', active: 'no', reason: 'It is slow' };
    await submit('/pages/notify/providers/firetext', change);
    assert.match(await visit('/pages/notify/providers/firetext'), /It is slow/);
    await visit('/pages/notify/providers/unknown', 404);
  });

  it('show what became of calls to the service, and make those again that failed', async () => {
    const receiver = await startFakeProvider(answerJson(404, {}));
    try {
      await app.context.db.pool.query('update notify.service_callbacks set url = $1', [receiver.url]);
      const aboutId = '99999999-9999-4999-8999-999999999999';
      const event = {
        serviceId: SERVICE_ID,
        aboutId,
        causedAt: new Date(),
        correlationId: null,
        body: { a: 1 },
      };
      await queueCallbacks(app.context, app.context.db.kysely, 'delivery_status', [event]);
      assert.match(await visit(`${BASE}/callbacks?outcome=waiting`), /Waiting[\s\S]+0 of 6/);
      await app.drain();
      const failed = await visit(`${BASE}/callbacks?outcome=failed`);
      assert.match(failed, /Delivery receipts[\s\S]+8999-999999999999[\s\S]+Failed[\s\S]+status 404/);
      assert.match(await visit(`${BASE}/callbacks?outcome=delivered`), /No call is in this state/);
      receiver.answers.push(answerJson(503, {}));
      const call = /8999-999999999999[\s\S]+?name="call" value="([^"]+)"/.exec(failed)?.[1] ?? '';
      await Promise.all([
        submit(`${BASE}/callbacks/repeat`, { call }),
        submit(`${BASE}/callbacks/repeat`, { call }),
      ]);
      await app.drain();
      assert.match(await visit(`${BASE}/callbacks`), /Waiting<\/strong><br>status 503[\s\S]+1 of 6/);
      receiver.answers.push(answerJson(200, {}));
      await submit(`${BASE}/callbacks/retry`, {});
      await app.drain();
      assert.match(await visit(`${BASE}/callbacks?outcome=delivered`), /Delivered<\/strong>[\s\S]+2 of 6/);
      // Messages of other tests have calls of their own.
      assert.equal(receiver.calls.filter(({ body }) => body === '{"a":1}').length, 3);
      await submit(`${BASE}/callbacks/repeat`, { call });
      assert.match(await visit(`${BASE}/callbacks`), /There was nothing to repeat/);
      await submit(`${BASE}/callbacks/repeat`, {});
      assert.match(await visit(`${BASE}/callbacks`), /made again/);
    } finally {
      await receiver[Symbol.asyncDispose]();
    }
  });

  it('add up what a year has cost', async () => {
    const createdAt = new Date();
    await storeNotifications(app.context.db.pool, [
      { type: 'letter', createdAt, postage: 'second', billableUnits: 1, sentBy: 'dvla', status: 'delivered' },
      { type: 'sms', createdAt, billableUnits: 2, rateMultiplier: 1, sentBy: 'mmg', status: 'delivered' },
    ]);
    const page = await visit(`${BASE}/usage`);
    assert.match(page, /£0\.73[\s\S]+2 of [\d,]+ used/);
    assert.match(page, /Letter, second[\s\S]+£0\.73/);
    assert.match(page, /Text message[\s\S]+0 \(and 2 free\)[\s\S]+£0\.024[\s\S]+£0\.00/);
    assert.match(await visit(`${BASE}/usage?year=2024`), /Nothing was sent/);
    await visit(`${BASE}/usage?year=zzz`);
  });

  it('keep recipients and changes from viewers', async () => {
    const auth = { db: app.test.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    const viewer = await signInAs(app.test.console, auth, 'viewer');
    assert.equal((await viewer.visit(`${BASE}`)).statusCode, 200);
    assert.doesNotMatch((await viewer.visit('/register?id=07700900321')).body, /Text message of/);
    for (const path of ['messages', 'received']) {
      assert.equal((await viewer.visit(`${BASE}/${path}`)).statusCode, 403, path);
    }
    for (const path of ['keys', 'send', 'templates', 'team', 'callbacks']) {
      await viewer.visit(`${BASE}/${path}`);
      const response = await viewer.submit(`${BASE}/${path === 'team' ? 'invites' : path}`, {
        name: 'x',
        type: 'normal',
      });
      assert.equal(response.statusCode, 403, path);
    }
  });

  it('let members of a service do there what their rights say, and nowhere else', async () => {
    const auth = { db: app.test.app.stores[0].db, clock: systemClock, sessionHours: 12 };
    const member = await signInAs(app.test.console, auth, 'viewer');
    const address = /([a-z0-9-]+@example\.org)/.exec((await member.visit(BASE)).body)?.[1] ?? '';
    const actor = { kind: 'operator' as const, id: 'x', name: address };
    const { id } = await userOfActor(app.context, actor);
    const { kysely } = app.context.db;
    await insertMember(kysely, SERVICE_ID, id);
    const may = async (...permissions: string[]) =>
      replacePermissions(kysely, { serviceId: SERVICE_ID, userId: id }, permissions);
    const status = async (path: string) => (await member.visit(path)).statusCode;
    const post = async (path: string, fields: Record<string, string>) =>
      (await member.submit(path, fields)).statusCode;

    await may('view_activity', 'manage_templates', 'send_texts');
    assert.equal(await status(`${BASE}/messages`), 200);
    const template = await member.visit(`${BASE}/templates/${TEMPLATES.sms}`);
    assert.match(template.body, /Archive this template/);
    assert.equal(await post(`${BASE}/folders`, { name: 'Of a member', folder: '' }), 303);
    const fields = { template: TEMPLATES.sms, to: '07700900321', 'value:name': 'Jo', do: 'preview' };
    // A part of what sending needs is not enough.
    assert.equal(await post(`${BASE}/send`, fields), 403);
    await may('send_texts', 'send_emails', 'send_letters');
    assert.equal(await post(`${BASE}/send`, fields), 200);
    assert.equal(await status(`${BASE}/messages`), 403);
    assert.equal(await post(`${BASE}/settings`, { name: 'Mine' }), 403);
    assert.equal(await post(`${BASE}/mode`, { mode: 'live' }), 403);
    const other = await submit('/pages/notify/services', { name: 'Of somebody else' });
    assert.equal(await status(`${other}/messages`), 403);
    assert.equal(await post(`${other}/folders`, { name: 'x', folder: '' }), 403);
    await app.context.db.pool.query("update notify.users set state = 'inactive' where id = $1", [id]);
    assert.equal(await post(`${BASE}/send`, fields), 403);
  });

  describe('in a browser', { skip: skipReason() || process.env.SIGNALBOX_TEST_PAGES === 'off' }, () => {
    let chromium: Browser;
    let page: Page;
    let origin: string;
    before(async () => {
      await app.test.console.listen({ host: '127.0.0.1', port: 0 });
      origin = `http://127.0.0.1:${(app.test.console.server.address() as AddressInfo).port}`;
      chromium = await launchChromium();
      page = await chromium.newPage();
      const value = operator.cookies.get('signalbox_session') ?? '';
      await page.context().addCookies([{ name: 'signalbox_session', value, url: origin }]);
    });
    after(() => chromium.close());

    const check = async (name: string, path: string) => {
      const answer = await page.goto(`${origin}${path}`);
      assert.equal(answer?.status(), 200, path);
      for (const width of [1_280, 390]) {
        await page.setViewportSize({ width, height: 900 });
        await takeScreenshot(page, `notify-${name}-${width}`);
        await assertFitsWidth(page);
      }
      // At the width of a phone, where tables become cards.
      await assertAccessible(page);
    };

    it('are accessible and fit on a desk and on a phone', async () => {
      const upload = await app.bulkSends().upload({
        serviceId: SERVICE_ID,
        fileName: 'a-flock-with-a-rather-long-name-of-its-file.csv',
        content: Buffer.from('phone number,name\n07700900322,Jo\nnot a number,\n'),
      });
      const list = await operator.visit(`${BASE}/messages`);
      const message = /href="([^"]+\/messages\/[0-9a-f-]{36})"/.exec(list.body)?.[1] ?? '';
      const send = /href="([^"]+\/bulk-sends\/[0-9a-f-]{36})"/.exec(
        (await operator.visit(`${BASE}/bulk-sends`)).body,
      );
      const member = /href="([^"]+\/team\/[0-9a-f-]{36})"/.exec((await operator.visit(`${BASE}/team`)).body);
      for (const [name, path] of Object.entries({
        services: '/pages/notify/services',
        service: BASE,
        settings: `${BASE}/settings`,
        templates: `${BASE}/templates`,
        email: `${BASE}/templates/${TEMPLATES.email}`,
        editor: `${BASE}/templates/${TEMPLATES.email}/edit`,
        files: `${BASE}/templates/${TEMPLATES.email}/files`,
        letter: `${BASE}/templates/${TEMPLATES.letter}`,
        'letter-editor': `${BASE}/templates/${TEMPLATES.letter}/edit`,
        send: `${BASE}/send?template=${TEMPLATES.email}`,
        'bulk-sends': `${BASE}/bulk-sends`,
        'bulk-check': `${BASE}/bulk-sends/check/${upload.id}?template=${TEMPLATES.sms}`,
        'bulk-send': send?.[1] ?? '',
        messages: `${BASE}/messages`,
        message,
        received: `${BASE}/received`,
        usage: `${BASE}/usage`,
        team: `${BASE}/team`,
        member: member?.[1] ?? '',
        keys: `${BASE}/keys`,
        callbacks: `${BASE}/callbacks`,
        providers: '/pages/notify/providers',
        provider: '/pages/notify/providers/mmg',
      })) {
        await check(name, path);
      }
    });

    it('show an email as its recipient sees it, with its styles and without running anything', async () => {
      await page.setViewportSize({ width: 1_280, height: 900 });
      await page.goto(`${origin}${BASE}/templates/${TEMPLATES.email}`);
      const frame = page.frameLocator('iframe');
      const heading = frame.locator('h2', { hasText: 'Your pigeon' });
      assert.equal(await heading.count(), 1);
      // Runs inside the page, as text; the types here know no browser.
      const lookOf = new Function(
        'element',
        'const { backgroundColor, fontSize } = getComputedStyle(element); return [backgroundColor, fontSize];',
      ) as (element: unknown) => string[];
      const [banner] = await frame.locator('td[bgcolor]').first().evaluate(lookOf);
      assert.equal(banner, 'rgb(29, 112, 184)');
      const [, height = ''] = await heading.evaluate(lookOf);
      const size = Number.parseFloat(height);
      assert.ok(size >= 24, `the heading is ${size} px high`);
      // The message itself, as it goes out, in windows of both widths.
      const html = (await page.locator('iframe').getAttribute('srcdoc')) ?? '';
      const mail = await chromium.newPage();
      await mail.setContent(html);
      for (const width of [1_280, 390]) {
        await mail.setViewportSize({ width, height: 700 });
        await takeScreenshot(mail, `notify-email-as-sent-${width}`);
        await assertFitsWidth(mail);
      }
      await mail.close();
    });

    it('keep the preview up with what somebody writes', async () => {
      await page.goto(`${origin}${BASE}/templates/${TEMPLATES.email}/edit`);
      await page.locator('#content').fill('# Written just now\n\nFor ((name))');
      await page.frameLocator('iframe').locator('h2', { hasText: 'Written just now' }).waitFor();
      // What was typed is still there, and nothing is saved.
      assert.match(await page.locator('#content').inputValue(), /Written just now/);
      assert.doesNotMatch(await visit(`${BASE}/templates/${TEMPLATES.email}`), /Written just now/);
    });

    it('upload a file by hand', async () => {
      await page.goto(`${origin}${BASE}/bulk-sends?template=${TEMPLATES.sms}`);
      await page.locator('input[type=file]').setInputFiles({
        name: 'by-hand.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from('phone number,name\n07700900329,Jo\n'),
      });
      await page.getByRole('button', { name: 'Check the file' }).click();
      await page.waitForURL(/\/bulk-sends\/check\//);
      assert.match(
        (await page.locator('main').textContent()) ?? '',
        /by-hand\.csv[\s\S]+1 row[\s\S]+Send 1 message/,
      );
    });
  });
});
