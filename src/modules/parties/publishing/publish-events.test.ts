import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { handOnEventsTask } from '../tasks/index.ts';
import { createPartiesApp } from '../testing/parties-app.ts';

interface Delivery {
  seq: string;
  event: Record<string, { id: string }>;
}

test('domain events reach their subscriber signed and in order, and a party whose event is refused waits alone', async () => {
  await using stack = new AsyncDisposableStack();
  const taken: { names: string; id: string }[] = [];
  const refused: string[] = [];
  let publicKey: string;
  let stubborn = '';
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const signature = Buffer.from(String(request.headers['x-signature']).replace('ed25519=', ''), 'base64');
    assert.ok(verify(null, body, createPublicKey(publicKey), signature));
    const { event } = JSON.parse(body.toString()) as Delivery;
    const [[name = '', payload] = []] = Object.entries(event);
    const id = payload?.id ?? '';
    if (id === stubborn) refused.push(name);
    else taken.push({ names: name, id });
    response.writeHead(id === stubborn ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const app = stack.use(
    await createPartiesApp({ environment: { PARTIES_EVENTS_URL: `http://127.0.0.1:${port}/events` } }),
  );
  publicKey = ((await app.call({ path: '/_changes/key' })).json() as { public_key: string }).public_key;
  const team = await app.createTeam();
  const product = await app.createProduct(team.id);
  stubborn = (await app.createTeam()).id;
  await app.call({ method: 'DELETE', path: `/ProductTeam/${team.id}/Product/${product.id}` });
  await app.call({ method: 'DELETE', path: `/ProductTeam/${stubborn}` });
  await app.call({ method: 'DELETE', path: `/ProductTeam/${team.id}` });

  const [store] = app.test.app.stores;
  // The feed stops below the oldest transaction of the whole server, other databases' included.
  for (let tries = 0; tries < 300 && taken.length + refused.length < 9; tries += 1) {
    await store.jobs.enqueue(null, handOnEventsTask, [{ payload: {} }]);
    await app.test.drain();
  }
  const namesOf = (id: string) => taken.filter((delivery) => delivery.id === id).map(({ names }) => names);
  assert.deepEqual(namesOf(team.id), ['product_team_created_event', 'product_team_deleted_event']);
  assert.deepEqual(namesOf(product.id), ['cpm_product_created_event', 'cpm_product_deleted_event']);
  assert.deepEqual(
    refused,
    Array(5).fill('product_team_created_event'),
    'five attempts, and the next one waits',
  );
  const { failures } = await store.jobs.failures.list({}, { limit: 10 });
  assert.equal(failures.length, 1);
  const parked = await store.events.search({ name: 'domain_event.parked' }, { limit: 10 });
  assert.deepEqual(
    parked.events.map(({ subjects }) => subjects),
    [[stubborn]],
  );

  const id = stubborn;

  stubborn = '';
  await store.jobs.failures.retry(
    failures.map(({ id }) => id),
    { kind: 'cli', id: 'cli:test', name: 'Test' },
  );
  await app.test.drain();
  assert.deepEqual(namesOf(id), ['product_team_created_event', 'product_team_deleted_event']);
  assert.equal(taken.length, 6);
});
