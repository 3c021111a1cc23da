import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '#platform/telemetry';
import { launchChromium, skipReason } from '../../../../test/pages/chromium.ts';
import { signInAs } from '../../../../test/pages/open-console.ts';
import { assertAccessible, assertFitsWidth, takeScreenshot } from '../../../../test/pages/page-checks.ts';
import type { TestBrowser } from '../../../../test/pages/test-browser.ts';
import {
  createNotifyApp,
  declaredService,
  type NotifyApp,
  SERVICE_ID,
  TEMPLATES,
} from '../testing/notify-app.ts';
import { storeNotifications } from '../testing/stored-notifications.ts';

const BASE = `/pages/notify/services/${SERVICE_ID}`;

describe('the console pages about Notify', () => {
  let app: NotifyApp;
  let operator: TestBrowser;
  before(async () => {
    app = await createNotifyApp({
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

  it('send one message after a preview and find it in the log', async () => {
    const path = `${BASE}/send?template=${TEMPLATES.sms}`;
    assert.match(await visit(path), /Phone number/);
    const fields = { template: TEMPLATES.sms, to: '07700900321', 'value:name': 'Jo' };
    assert.match(await submit(`${BASE}/send`, { ...fields, do: 'preview' }, 200), /Pigeon Affairs: Hello Jo/);
    assert.match(
      await submit(`${BASE}/send`, { ...fields, 'value:name': '' }, 422),
      /Missing personalisation: name/,
    );
    assert.match(await submit(`${BASE}/send`, { ...fields, to: '12' }, 422), /Not enough digits/);
    const message = await submit(`${BASE}/send`, { ...fields, do: 'send' });
    const page = await visit(message);
    assert.match(page, /07700900321[\s\S]+Accepted[\s\S]+Hello Jo/);
    assert.match(await visit(`${BASE}/messages?to=900321`), /07700900321/);
    assert.match(await visit(`${BASE}/messages?to=nobody`), /No message matches/);
    assert.match(await visit(`${BASE}/messages?status=failed`), /No message matches/);
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
    assert.match(await visit(send), /flock\.csv[\s\S]+scheduled[\s\S]+Cancel these messages/);
    await submit(`${send}/cancel`, {});
    assert.match(await visit(send), /cancelled/);
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
      for (const [name, path] of Object.entries({
        services: '/pages/notify/services',
        service: BASE,
        settings: `${BASE}/settings`,
        templates: `${BASE}/templates`,
        email: `${BASE}/templates/${TEMPLATES.email}`,
        editor: `${BASE}/templates/${TEMPLATES.email}/edit`,
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
