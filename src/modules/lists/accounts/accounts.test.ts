import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ANA,
  addGift,
  type ListsApp,
  makeList,
  openLists,
  PASSWORD,
  reserve,
  reserveBody,
} from '../testing/lists-app.ts';

describe('accounts by e-mail and password', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  const post = (path: string, body: object) => app.send('POST', `/auth/${path}`, { body });
  const code = async (email: string) => {
    const letters = await app.letters();
    const letter = letters.findLast(
      ({ to, subject }) => to[0] === email && /^(Verify your|Vérifiez votre)/.test(subject),
    );
    const [, digits] = /^\s*(\d{6})\s*$/m.exec(letter?.text ?? '') ?? [];
    assert.ok(digits, `no code for ${email}`);
    assert.match(letter?.html ?? '', new RegExp(`\\s${digits}\\s`));
    return digits;
  };
  const failure = (answer: { status: number; body: { error: { code: string } } }) => [
    answer.status,
    answer.body.error.code,
  ];

  it('signs up, confirms, and signs in in the same flow, with one welcome', async () => {
    const email = 'new@example.org';
    const made = await post('sign-up', { name: 'New', email: 'New@Example.org', password: PASSWORD });
    assert.equal(made.status, 202);
    assert.deepEqual(failure(await post('sign-in', { email, password: PASSWORD })), [
      403,
      'USER_NOT_CONFIRMED',
    ]);
    assert.deepEqual(failure(await post('confirm', { email, code: '000000' })), [400, 'CODE_MISMATCH']);
    const confirmed = await post('confirm', { email, code: await code(email), password: PASSWORD });
    assert.deepEqual(confirmed.body, { signedIn: true });
    const session = await app.send('GET', '/auth/session', { cookies: confirmed.cookies });
    assert.deepEqual([session.body.email, session.body.name, session.body.hasPassword], [email, 'New', true]);
    const welcomes = (await app.letters()).filter(
      ({ to, subject }) => to[0] === email && subject.startsWith('Welcome'),
    );
    assert.equal(welcomes.length, 1);
    await app.send('POST', '/auth/sign-out', { cookies: confirmed.cookies });
    assert.equal((await app.send('GET', '/auth/session', { cookies: confirmed.cookies })).status, 401);
  });

  it('refuses taken addresses, also under the other domain of Google', async () => {
    const input = { name: 'G', email: 'gina@gmail.com', password: PASSWORD };
    assert.equal((await post('sign-up', input)).status, 202);
    assert.deepEqual(failure(await post('sign-up', input)), [409, 'EMAIL_EXISTS']);
    const other = await post('sign-up', { ...input, email: 'gina@googlemail.com' });
    assert.deepEqual(failure(other), [409, 'GOOGLE_ALTERNATE_EXISTS']);
    assert.equal(other.body.error.alternate, 'gina@gmail.com');
    const races = await Promise.all(
      [1, 2, 3].map(() => post('sign-up', { ...input, email: 'race@example.org' })),
    );
    assert.deepEqual(races.map(({ status }) => status).sort(), [202, 409, 409]);
  });

  it('names the first rule a password breaks', async () => {
    const rule = async (password: string) =>
      (await post('sign-up', { name: 'P', email: 'pass@example.org', password })).body.error.rule;
    assert.equal(await rule('Aa1!'), 'length');
    assert.equal(await rule('PASSW0RD!'), 'lower');
    assert.equal(await rule('passw0rd!'), 'upper');
    assert.equal(await rule('Password!'), 'digit');
    assert.equal(await rule('Passw0rdd'), 'symbol');
    assert.equal(await rule('pass@example.org'), 'email');
  });

  it('says the same for unknown addresses and wrong passwords, unless told to reveal', async () => {
    const unknown = await post('sign-in', { email: 'nobody@example.org', password: PASSWORD });
    const wrong = await post('sign-in', { email: ANA.email, password: 'Wr0ng-one!' });
    assert.deepEqual(unknown.body, wrong.body);
    assert.deepEqual(failure(wrong), [401, 'BAD_CREDENTIALS']);
    assert.equal((await post('forgot-password', { email: 'nobody@example.org' })).status, 202);
    await app.apply({ settings: { account_existence: 'reveal' } });
    assert.deepEqual(failure(await post('sign-in', { email: 'nobody@example.org', password: 'x' })), [
      404,
      'USER_NOT_FOUND',
    ]);
    assert.deepEqual(failure(await post('forgot-password', { email: 'nobody@example.org' })), [
      404,
      'USER_NOT_FOUND',
    ]);
    await app.apply({ settings: { account_existence: 'opaque' } });
  });

  it('slows down who guesses, and forgets it after the right password', async () => {
    const email = 'throttled@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, verified: true }] });
    const guesses = [];
    for (let tries = 0; tries < 7; tries += 1)
      guesses.push((await post('sign-in', { email, password: 'x' })).status);
    assert.equal(guesses.at(-1), 429);
    assert.equal((await post('sign-in', { email, password: PASSWORD })).status, 429);
    const before = app.clock.now;
    app.clock.now = new Date(before.getTime() + 30_000);
    assert.equal((await post('sign-in', { email, password: PASSWORD })).status, 200);
    app.clock.now = before;
    assert.equal((await post('sign-in', { email, password: PASSWORD })).status, 200);
  });

  it('sets a new password with a code, ends every session, and voids the code after five wrong tries', async () => {
    const email = 'forgetful@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, verified: true }] });
    const session = (await post('sign-in', { email, password: PASSWORD })).cookies;
    await post('forgot-password', { email });
    const right = await code(email);
    const reset = (digits: string) =>
      post('reset-password', { email, code: digits, password: 'N3w-password' });
    for (let tries = 0; tries < 5; tries += 1) await reset(right === '111111' ? '222222' : '111111');
    assert.deepEqual(failure(await reset(right)), [429, 'TOO_MANY_ATTEMPTS']);
    await post('forgot-password', { email });
    assert.equal((await reset(await code(email))).status, 200);
    assert.equal((await app.send('GET', '/auth/session', { cookies: session })).status, 401);
    assert.equal((await post('sign-in', { email, password: 'N3w-password' })).status, 200);
    assert.deepEqual(failure(await reset(right)), [400, 'CODE_MISMATCH']);
  });

  it('keeps no code, password or client secret readable', async () => {
    await post('sign-up', { name: 'S', email: 'secret@example.org', password: 'Very-s3cret-one' });
    const digits = await code('secret@example.org');
    const { rows } = await app.test.database.db.pool.query(
      `select (select string_agg(t::text, '') from lists.auth_codes t) || (select string_agg(t::text, '') from lists.passwords t)
         || (select string_agg(t::text, '') from lists.mail_outbox t where state <> 'waiting')
         || (select string_agg(t::text, '') from lists.api_clients t) as everything`,
    );
    const [{ everything }] = rows;
    assert.ok(!everything.includes('Very-s3cret-one') && !everything.includes('secret-of-ana'));
    assert.ok(!new RegExp(`"${digits}"|code.*${digits}`).test(everything));
  });

  it("makes what a guest reserved the account's own, once the address is proved", async () => {
    const listId = await makeList(app);
    const key = { listId, productId: await addGift(app, listId, 4) };
    const email = 'guest@gmail.com';
    const first = (await reserve(app, key, email)).body.reservation_id;
    app.clock.now = new Date(app.clock.now.getTime() + 1_000);
    const second = (await reserve(app, key, 'guest@googlemail.com')).body.reservation_id;
    await post('sign-up', { name: 'Guest', email, password: PASSWORD });
    const before = await app.send('GET', `/lists/reservation/${first}`);
    assert.equal(before.body.userId, email);
    const { cookies } = await post('confirm', { email, code: await code(email), password: PASSWORD });
    const after = await app.send('GET', `/lists/reservation/${first}`);
    assert.match(after.body.userId, /^[0-9a-f-]{36}$/);
    assert.deepEqual([after.body.name, after.body.email], ['Cy', email]);
    const mine = await app.send('GET', '/reservations/mine', { cookies });
    assert.deepEqual(
      mine.body.lists[0].reservations.map((one: { reservationId: string }) => one.reservationId).sort(),
      [first, second].sort(),
    );
    const released = await app.send('DELETE', `/lists/reserve/${first}/email/guest%40gmail.com`);
    assert.deepEqual(released.body, { unreserved: true });
    const bought = await app.send('PUT', `/lists/purchase/${second}/email/guest%40googlemail.com`, {
      body: reserveBody(),
    });
    assert.deepEqual(bought.body, { purchased: true });
  });

  it('changes the address only with the code sent to it, and tells the old one', async () => {
    const email = 'mover@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, verified: true }] });
    const { cookies } = await post('sign-in', { email, password: PASSWORD });
    const patch = (body: object) => app.send('PATCH', '/me', { cookies, body });
    assert.equal((await patch({ name: 'Mo', language: 'fr', currency: 'EUR' })).body.language, 'fr');
    assert.equal((await patch({ email: ANA.email })).status, 409);
    assert.equal((await patch({ email: 'moved@example.org' })).body.email, email);
    const confirmed = await app.send('POST', '/me/confirm-email', {
      cookies,
      body: { code: await code('moved@example.org') },
    });
    assert.equal(confirmed.body.email, 'moved@example.org');
    const notices = (await app.letters()).filter(
      ({ to, subject }) => to[0] === email && subject.includes('a changé'),
    );
    assert.equal(notices.length, 1, 'in the language of the account, although it has another address now');
  });

  it('erases an account: lists go with notices, reservations are released, and nothing names the person', async () => {
    const email = 'leaver@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, name: 'Leaver Lee', verified: true }] });
    const { cookies } = await post('sign-in', { email, password: PASSWORD });
    const own = await app.send('POST', '/lists', {
      cookies,
      body: { title: 'Mine', description: '', occasion: 'o', imageUrl: '' },
    });
    const listId = await makeList(app);
    const key = { listId, productId: await addGift(app, listId) };
    await reserve(app, key, email, { cookies });
    assert.deepEqual((await app.send('DELETE', '/me', { cookies })).body, { erased: true });
    assert.equal((await app.send('GET', '/auth/session', { cookies })).status, 401);
    assert.equal((await app.send('GET', `/lists/${own.body.listId}/shared`)).status, 404);
    const shared = await app.send('GET', `/lists/${listId}/shared`);
    assert.equal(shared.body.products[key.productId].reserved, 0);
    await app.letters();
    const { rows } = await app.test.database.db.pool.query(
      `select count(*)::int as found from (select t::text from lists.users t union all select t::text from lists.reservations t
        union all select t::text from lists.mail_outbox t) every(line) where line ~* 'leaver'`,
    );
    assert.deepEqual(rows, [{ found: 0 }]);
    assert.equal((await post('sign-up', { name: 'Again', email, password: PASSWORD })).status, 202);
  });
});
