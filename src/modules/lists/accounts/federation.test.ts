import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ListsApp, openLists, PASSWORD } from '../testing/lists-app.ts';

interface TypedPerson {
  name?: string;
  email?: string;
  verified?: boolean;
}

describe('sign-in at a provider', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  /** What a browser does: leave for the provider, consent there, and come back. */
  const begin = async (provider: string, query = '', cookies = new Map<string, string>()) => {
    const begun = await app.send('GET', `/auth/federated/${provider}${query}`, { cookies });
    assert.equal(begun.status, 303);
    const state = begun.cookies.get('lists_federation');
    return {
      location: String(begun.headers.location),
      cookies: new Map([...cookies, ['lists_federation', state ?? '']]),
    };
  };
  const consent = async (location: string, person: TypedPerson, decision = 'allow') => {
    const form = new URLSearchParams({ decision, name: person.name ?? '', email: person.email ?? '' });
    if (person.verified !== false) form.set('verified', 'yes');
    const answer = await fetch(location, { method: 'POST', body: form, redirect: 'manual' });
    assert.equal(answer.status, 303);
    return new URL(answer.headers.get('location') ?? '');
  };
  const signIn = async (provider: string, person: TypedPerson, query = '') => {
    const { location, cookies } = await begin(provider, query);
    const back = await consent(location, person);
    return app.send('GET', back.pathname + back.search, { cookies });
  };
  const who = async (answer: { cookies: Map<string, string> }) =>
    (await app.send('GET', '/auth/session', { cookies: answer.cookies })).body;

  it('makes an account at the first sign-in, without a second one, and finds it again', async () => {
    const person = { name: 'Gia', email: 'gia@example.org' };
    const first = await signIn('google', person, '?redirect=/edit/1');
    assert.equal(first.headers.location, '/signup-complete?account=Google');
    const made = await who(first);
    assert.deepEqual(
      [made.email, made.name, made.hasPassword, made.providers],
      ['gia@example.org', 'Gia', false, ['google']],
    );
    const second = await signIn('google', person, '?redirect=/edit/1');
    assert.equal(second.headers.location, '/edit/1');
    assert.equal((await who(second)).userId, made.userId);
    const facebook = await signIn('facebook', person);
    assert.equal(facebook.headers.location, '/');
    const linked = await who(facebook);
    assert.deepEqual([linked.userId, linked.providers], [made.userId, ['facebook', 'google']]);
    const welcomes = (await app.letters()).filter(({ to }) => to[0] === 'gia@example.org');
    assert.equal(welcomes.length, 1);
  });

  it('takes an unproved account over and discards what its maker set', async () => {
    const email = 'victim@example.org';
    await app.send('POST', '/auth/sign-up', { body: { name: 'Attacker', email, password: 'Attack3r!' } });
    const linked = await who(await signIn('google', { email }));
    assert.deepEqual([linked.email, linked.hasPassword], [email, false]);
    const attacker = await app.send('POST', '/auth/sign-in', { body: { email, password: 'Attack3r!' } });
    assert.equal(attacker.body.error.code, 'BAD_CREDENTIALS');
  });

  it('links nothing to an address the provider has not proved', async () => {
    await app.apply({ users: [{ email: 'owner@example.org', password: PASSWORD, verified: true }] });
    const known = await signIn('facebook', { email: 'owner@example.org', verified: false });
    assert.equal(known.headers.location, '/login?error=PasswordFirst&provider=facebook');
    assert.equal(known.cookies.get('lists_session'), undefined);
    const unknown = await signIn('facebook', { email: 'fresh@example.org', verified: false });
    assert.equal(unknown.headers.location, '/login?error=PasswordFirst&provider=facebook');
    const without = await signIn('facebook', { name: 'Phone Only' });
    assert.equal(without.headers.location, '/login?error=NoEmail&provider=facebook');
  });

  it('knows the two domains of Google as one mailbox, at Google only', async () => {
    await app.apply({ users: [{ email: 'twin@gmail.com', password: PASSWORD, verified: true }] });
    const facebook = await signIn('facebook', { email: 'twin@googlemail.com' });
    assert.equal(facebook.headers.location, '/login?error=GoogleDomainError&provider=facebook');
    const google = await signIn('google', { email: 'twin@googlemail.com' });
    assert.equal((await who(google)).email, 'twin@gmail.com');
  });

  it('makes one account of several first sign-ins at once', async () => {
    const begun = await Promise.all([1, 2, 3].map(() => begin('google')));
    const backs = await Promise.all(
      begun.map(({ location }) => consent(location, { email: 'once@example.org' })),
    );
    const answers = await Promise.all(
      backs.map((back, index) =>
        app.send('GET', back.pathname + back.search, { cookies: begun[index]?.cookies ?? new Map() }),
      ),
    );
    const users = await Promise.all(answers.map(who));
    assert.equal(new Set(users.map(({ userId }) => userId)).size, 1);
    assert.ok(users[0]?.userId);
  });

  it('refuses answers for another browser, used twice, refused, or forged', async () => {
    const { location, cookies } = await begin('google');
    const back = await consent(location, { email: 'forged@example.org' });
    const path = back.pathname + back.search;
    const failed = (answer: { headers: Record<string, unknown>; cookies: Map<string, string> }) => {
      assert.equal(answer.headers.location, '/login?error=true');
      assert.ok(!answer.cookies.get('lists_session'));
    };
    failed(await app.send('GET', path));
    failed(await app.send('GET', path, { cookies: new Map([['lists_federation', 'other']]) }));
    failed(await app.send('GET', path.replace(/code=[^&]+/, 'code=forged'), { cookies }));
    failed(await app.send('GET', path, { cookies }));
    const refused = await begin('google');
    const denied = await consent(refused.location, {}, 'deny');
    failed(await app.send('GET', denied.pathname + denied.search, { cookies: refused.cookies }));
    assert.equal((await app.send('GET', '/auth/federated/amazon')).headers.location, '/login?error=true');
  });

  it('never sends anybody to another site', async () => {
    for (const redirect of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/a\nb',
    ]) {
      const answer = await signIn(
        'google',
        { email: 'gia@example.org' },
        `?redirect=${encodeURIComponent(redirect)}`,
      );
      assert.equal(answer.headers.location, '/');
    }
  });

  it('links from the profile, and unlinks while another way in is left', async () => {
    const email = 'linker@example.org';
    await app.apply({ users: [{ email, password: PASSWORD, verified: true }] });
    const { cookies } = await app.send('POST', '/auth/sign-in', { body: { email, password: PASSWORD } });
    const begun = await begin('facebook', '?link=true', cookies);
    const back = await consent(begun.location, { email: 'somewhere@else.example', verified: false });
    const linked = await app.send('GET', back.pathname + back.search, { cookies: begun.cookies });
    assert.equal(linked.headers.location, '/profile?linked=true');
    assert.deepEqual((await app.send('GET', '/me', { cookies })).body.providers, ['facebook']);
    assert.equal((await app.send('DELETE', '/me/providers/facebook', { cookies })).status, 200);
    const gia = await signIn('google', { email: 'solo@example.org' });
    const last = await app.send('DELETE', '/me/providers/google', { cookies: gia.cookies });
    assert.equal(last.body.error.code, 'LAST_METHOD');
  });
});
