import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AwsV4Signer } from 'aws4fetch';
import { parseSignature, verifySignature } from '../gateway/sigv4.ts';
import { ANA, type ListsApp, openLists, PASSWORD } from '../testing/lists-app.ts';

describe('callers', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists({ profile: 'compat' });
  });
  after(() => app.close());

  const signed = async (
    method: string,
    path: string,
    options: { body?: string; key?: string; secret?: string; at?: Date } = {},
  ) => {
    const datetime = (options.at ?? new Date()).toISOString().replaceAll(/[:-]|\.\d{3}/g, '');
    const signer = new AwsV4Signer({
      method,
      url: `http://lists.example${path}`,
      accessKeyId: options.key ?? 'AKIAANA',
      secretAccessKey: options.secret ?? 'secret-of-ana',
      service: 'execute-api',
      region: 'eu-west-1',
      datetime,
      ...(options.body === undefined ? {} : { body: options.body }),
    });
    const { headers } = await signer.sign();
    return app.send(method, path, {
      headers: { ...Object.fromEntries(headers as Iterable<[string, string]>), host: 'lists.example' },
      ...(options.body === undefined ? {} : { body: options.body }),
    });
  };

  it('knows an API client by its signature, at the root and below a stage', async () => {
    for (const path of ['/lists', '/prod/lists', '/prod/lists/']) {
      const answer = await signed('GET', path);
      assert.deepEqual([answer.status, answer.body.user?.userId], [200, ANA.id], path);
    }
    const body = JSON.stringify({ title: 'é', description: '', occasion: 'o', imageUrl: '' });
    assert.equal((await signed('POST', '/prod/lists', { body })).status, 200);
  });

  it('signs a path encoded once more, with an address inside it', async () => {
    const url = encodeURIComponent('https://shop.example/a b+c?x=1&y=ü');
    const answer = await signed('GET', `/prod/products/url/${url}`);
    assert.deepEqual([answer.status, answer.body], [200, { product: {} }]);
  });

  it('refuses unknown keys, wrong secrets, old dates and changed bodies as the gateway does', async () => {
    const message = async (answer: Promise<{ status: number; body: { message: string } }>) => {
      const { status, body } = await answer;
      assert.equal(status, 403);
      return body.message;
    };
    assert.equal(
      await message(signed('GET', '/lists', { key: 'AKIANONE' })),
      'The security token included in the request is invalid.',
    );
    const mismatch = /^The request signature we calculated does not match/;
    assert.match(await message(signed('GET', '/lists', { secret: 'wrong' })), mismatch);
    const old = new Date(Date.now() - 6 * 60_000);
    assert.match(await message(signed('GET', '/lists', { at: old })), /^Signature expired/);
    for (const authorization of [
      'AWS4-HMAC-SHA256 Credential=x',
      'Bearer nonsense',
      'Basic eDp5',
      'AWS4-HMAC-SHA256',
    ]) {
      const answer = await app.send('GET', '/lists', { headers: { authorization } });
      assert.equal(answer.status, 403, authorization);
      assert.equal(typeof answer.body.message, 'string');
    }
  });

  it('takes a caller of a public route as nobody when the credentials do not hold', async () => {
    for (const authorization of [
      '',
      'AWS4-HMAC-SHA256 Credential=/20270101/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=x',
      'Bearer nonsense',
    ]) {
      const answer = await app.send('GET', '/lists/none/shared', { headers: { authorization } });
      assert.deepEqual([answer.status, answer.body], [500, { error: 'List none does not exist.' }]);
    }
    const empty = await app.send('GET', '/lists', {
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=/20270101/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=x',
      },
    });
    assert.deepEqual(empty.body, { message: 'Missing Authentication Token' });
  });

  it('gives a bearer token where one is asked for', async () => {
    const { body } = await app.send('POST', '/auth/sign-in', {
      body: { email: ANA.email, password: PASSWORD, token: true },
    });
    const answer = await app.send('GET', '/lists', { headers: { authorization: `Bearer ${body.token}` } });
    assert.equal(answer.body.user.userId, ANA.id);
    const asCookie = await app.send('GET', '/lists', { cookies: new Map([['lists_session', body.token]]) });
    assert.equal(asCookie.status, 403);
  });
});

describe('the signature itself', () => {
  it('recomputes what another implementation signed, and notices every change', async () => {
    const datetime = '20270503T120000Z';
    const signer = new AwsV4Signer({
      method: 'POST',
      url: 'https://api.example/prod/lists/a%2Bb?z=1&a=2&a=1',
      body: '{"a":1}',
      accessKeyId: 'AK',
      secretAccessKey: 'secret',
      service: 'execute-api',
      region: 'eu-west-1',
      datetime,
    });
    const { headers } = await signer.sign();
    const plain = Object.fromEntries(headers as Iterable<[string, string]>);
    const parts = parseSignature(plain.authorization ?? '');
    assert.ok(parts);
    const request = {
      method: 'POST',
      target: '/prod/lists/a%2Bb?z=1&a=2&a=1',
      headers: { ...plain, host: 'api.example' },
      body: Buffer.from('{"a":1}'),
    };
    const now = new Date('2027-05-03T12:00:01Z');
    assert.equal(verifySignature(request, parts, 'secret', now), 'valid');
    assert.equal(verifySignature(request, parts, 'other', now), 'mismatch');
    for (const change of [
      { method: 'PUT' },
      { target: '/prod/lists/a%2Bc?z=1&a=2&a=1' },
      { target: '/prod/lists/a%2Bb?z=2&a=2&a=1' },
      { body: Buffer.from('{"a":2}') },
      { headers: { ...request.headers, host: 'other.example' } },
      { headers: { ...request.headers, 'x-amz-date': '20270503T120100Z' } },
    ]) {
      assert.equal(verifySignature({ ...request, ...change }, parts, 'secret', now), 'mismatch');
    }
    assert.equal(verifySignature(request, parts, 'secret', new Date('2027-05-03T12:06:00Z')), 'expired');
  });
});
