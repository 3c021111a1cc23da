import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openConsole, type TestConsole } from '../../../test/pages/open-console.ts';
import type { TestBrowser } from '../../../test/pages/test-browser.ts';

const start = new Date('2026-07-01T11:30:00Z');
let console: TestConsole;
let browser: TestBrowser;

before(async () => {
  console = await openConsole([
    { name: 'directory', title: 'Directory', health: async () => ({}) },
    { name: 'notify', title: 'Notify', health: async () => ({}) },
  ]);
  browser = await console.browserOf('viewer');
  const { db, events } = console.store;
  await events
    .forModule('directory')
    .append(db.kysely, [
      event('change.received', 0, { size: 12 }),
      event('service.updated', 1_500, { note: '<script>alert(1)</script>' }),
    ]);
  await events.forModule('notify').append(db.kysely, [event('notification.sent', 90_000, {})]);
  const many = Array.from({ length: 120 }, (_, index) => ({
    ...event('service.checked', -60_000 * (index + 1), {}),
    correlationId: `other-${index}`,
    subjects: [`S${index}`],
  }));
  await events.forModule('directory').append(db.kysely, many);
});
after(() => console.close());

function event(name: string, afterMs: number, properties: Record<string, unknown>) {
  const time = new Date(start.getTime() + afterMs);
  return { name, time, properties, correlationId: 'journey/1', subjects: ['FA142'] };
}

test('one search box finds a correlation id and a subject id', async () => {
  for (const id of ['journey/1', 'FA142', ' FA142 ']) {
    const { body } = await browser.get(`/register?id=${encodeURIComponent(id)}`);
    for (const name of ['change.', 'service.', 'notification.']) assert.ok(body.includes(`${name}<wbr>`), id);
    assert.doesNotMatch(body, /checked/);
  }
});

test('times are shown as in London with the exact UTC beside them', async () => {
  const { body } = await browser.get('/register?id=FA142');
  assert.match(
    body,
    /<time datetime="2026-07-01T11:30:00\.000Z" title="2026-07-01T11:30:00\.000Z">1 Jul 2026, 12:30:00<\/time>/,
  );
});

test('filters narrow by module, name and London time', async () => {
  const byModule = await browser.get('/register?id=FA142&module=notify');
  assert.match(byModule.body, /notification\.<wbr>sent/);
  assert.doesNotMatch(byModule.body, /change\.<wbr>received/);
  const byTime = await browser.get('/register?id=FA142&from=2026-07-01T12%3A31');
  assert.match(byTime.body, /notification\.<wbr>sent/);
  assert.doesNotMatch(byTime.body, /change\.<wbr>received/);
  const invalid = await browser.get('/register?from=yesterday');
  assert.equal(invalid.statusCode, 422);
  assert.match(invalid.body, /<a href="#from">/);
});

test('pages lead through every event once', async () => {
  let path: string | undefined = '/register?name=service.checked';
  const seen: string[] = [];
  while (path !== undefined) {
    const { body } = await browser.get(path);
    seen.push(...[...body.matchAll(/register\?id=(S\d+)"/g)].map((match) => match[1] ?? ''));
    path = /href="(\/register\?[^"]*after=[^"]*)" rel="next"/.exec(body)?.[1]?.replaceAll('&amp;', '&');
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, index) => `S${index}`),
  );
});

test('a journey shows its stops in order with elapsed times and escapes what it was given', async () => {
  const { body, statusCode } = await browser.get('/register/journeys/journey%2F1');
  assert.equal(statusCode, 200);
  const names = [...body.matchAll(/<h2[^>]*>([^ ]+) <span/g)].map((match) => match[1]?.replace('<wbr>', ''));
  assert.deepEqual(names, ['change.received', 'service.updated', 'notification.sent']);
  for (const elapsed of ['+0 ms', '+1.5 s', '+1 min 30 s']) assert.ok(body.includes(elapsed), elapsed);
  assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(body, /Directory, Notify/);
});

test('what is not there says what to check', async () => {
  assert.match((await browser.get('/register?id=nothing')).body, /Nothing in the register has this id/);
  assert.match(
    (await browser.get('/register?module=notify&range=15m')).body,
    /No events match these filters/,
  );
  assert.match((await browser.get('/register/journeys/nothing')).body, /has this correlation id/);
  assert.equal((await browser.get('/register?after=not-a-cursor')).statusCode, 200);
});
