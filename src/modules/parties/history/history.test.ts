import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { waitUntil } from '../../../../test/harness/index.ts';
import { createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

interface Change {
  seq: string;
  occurred_at: string;
  application: string;
  correlation_id: string;
  event: Record<string, Record<string, unknown>>;
}

describe('the history', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  const changes = async (path: string): Promise<{ changes: Change[]; next: string | null }> => {
    const answer = await app.call({ path, headers: { version: undefined } });
    assert.equal(answer.status, 200, answer.body);
    return answer.json() as { changes: Change[]; next: string | null };
  };

  it('tells who changed a party, what, when and in which request', async () => {
    const alias = randomUUID();
    const body = { name: 'Ärzte', ods_code: 'F5H1R', keys: [keyOf(alias)] };
    const headers = { 'x-correlation-id': 'journey-7' };
    const created = await app.call({ method: 'POST', path: '/ProductTeam', body, headers });
    const team = created.json() as { id: string; created_on: string };
    await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}` });
    for (const given of [team.id, alias]) {
      const history = await changes(`/_history/ProductTeam/${given}`);
      assert.equal(history.next, null);
      const [first, second] = history.changes;
      assert.deepEqual(first, {
        seq: first?.seq,
        occurred_at: team.created_on,
        application: 'default',
        correlation_id: 'journey-7',
        event: { product_team_created_event: created.json() },
      });
      const deleted = second?.event.product_team_deleted_event;
      assert.deepEqual(deleted, {
        ...team,
        status: 'inactive',
        updated_on: second?.occurred_at,
        deleted_on: second?.occurred_at,
      });
    }
    const journey = await app.test.app.stores[0].events.journey('journey-7');
    assert.deepEqual(
      journey.map(({ name, subjects }) => [name, subjects]),
      [['product_team.created', [team.id, 'F5H1R']]],
    );
  });

  it('reads a party as of an instant, by an alias that was given on', async () => {
    const alias = randomUUID();
    const stamps: string[] = [];
    const stamp = async () => {
      const now = await sql<{ now: string }>`
        select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now, pg_sleep(0.002)
      `.execute(app.test.database.db.kysely);
      stamps.push(now.rows[0]?.now ?? '');
    };
    await stamp();
    const first = await app.createTeam({ keys: [keyOf(alias)] });
    const product = await app.createProduct(alias);
    await stamp();
    await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}/Product/${product.id}` });
    await app.call({ method: 'DELETE', path: `/ProductTeam/${alias}` });
    await stamp();
    const second = await app.createTeam({ keys: [keyOf(alias)] });
    await stamp();
    const asOf = (path: string, index: number) =>
      app.call({ path: `/_history/${path}?as_of=${stamps[index]}` });
    assert.equal((await asOf(`ProductTeam/${alias}`, 0)).status, 404);
    assert.equal((await asOf(`ProductTeam/${alias}`, 1)).body, first.body);
    const deleted = (await asOf(`ProductTeam/${alias}`, 2)).json() as { id: string; status: string };
    assert.deepEqual([deleted.id, deleted.status], [first.id, 'inactive']);
    assert.equal((await asOf(`ProductTeam/${alias}`, 3)).body, second.body);
    assert.equal((await asOf(`Product/${product.id}`, 1)).body, product.body);
    assert.equal(((await asOf(`Product/${product.id}`, 3)).json() as { status: string }).status, 'inactive');
    const path = `/_history/Product/${product.id}?as_of=yesterday`;
    assert.equal((await app.call({ path })).status, 400);
  });

  it('is a feed that can be read to its end and on, and whose pages are signed', async () => {
    const { public_key: pem } = (await app.call({ path: '/_changes/key' })).json() as { public_key: string };
    const read = async (after: string) => {
      const answer = await app.call({ path: `/_changes?limit=7&after=${after}` });
      const signature = Buffer.from(String(answer.headers['x-signature']).replace('ed25519=', ''), 'base64');
      assert.ok(verify(null, Buffer.from(answer.body), createPublicKey(pem), signature));
      assert.ok(!verify(null, Buffer.from(`${answer.body} `), createPublicKey(pem), signature));
      return answer.json() as { changes: Change[]; next: string };
    };
    const seen: string[] = [];
    let cursor = '0-0';
    const written = async () =>
      (await sql<{ seq: string }>`select seq from parties.domain_events`.execute(app.test.database.db.kysely))
        .rows;
    // Changes wait for older transactions of the whole server, so those of other tests can hold them back for a while.
    const readToEnd = () =>
      waitUntil('the feed has told every change', async () => {
        for (;;) {
          const page = await read(cursor);
          seen.push(...page.changes.map(({ seq }) => seq));
          cursor = page.next;
          if (page.changes.length === 0) return seen.length >= (await written()).length;
        }
      });
    await readToEnd();
    const team = await app.createTeam();
    await readToEnd();
    for (let count = 0; count < 20; count += 1) await app.createProduct(team.id);
    await readToEnd();
    assert.deepEqual(seen.toSorted(), (await written()).map(({ seq }) => seq).toSorted());
    assert.equal(new Set(seen).size, seen.length);
  });

  it('never passes over a change that commits late', async () => {
    const { kysely } = app.test.database.db;
    const team = (await app.createTeam()).id;
    const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const slow = kysely.transaction().execute(async (trx) => {
      await sql`
        insert into parties.domain_events (aggregate_type, aggregate_id, name, payload, occurred_at, application)
        values ('product_team', 'slow', 'product_team_created_event', '{}', now(), 'test')
      `.execute(trx);
      written();
      await mayCommit;
    });
    await isWritten;
    const waiting = await app.createProduct(team);
    const start = async () => {
      let after = '0-0';
      for (;;) {
        const page = (await app.call({ path: `/_changes?limit=1000&after=${after}` })).json() as {
          changes: [];
          next: string;
        };
        if (page.changes.length === 0) return after;
        after = page.next;
      }
    };
    const cursor = await start();
    commit();
    await slow;
    const { rows: both } = await sql<{ seq: string }>`
      select seq from parties.domain_events where aggregate_id in ('slow', ${waiting.id}) order by transaction_id
    `.execute(kysely);
    assert.equal(both.length, 2);
    await waitUntil('the late one and the one that waited for it are told', async () => {
      const page = (await app.call({ path: `/_changes?after=${cursor}` })).json() as { changes: Change[] };
      const told = page.changes.map(({ seq }) => seq);
      return both.every(({ seq }) => told.includes(seq));
    });
  });

  it('refuses what is no page of it', async () => {
    for (const path of [
      '/_changes?after=x',
      '/_changes?limit=0',
      '/_changes?limit=1001',
      '/_history/Product/x?after=-1',
      '/_search/Product?after=x',
      '/_search/Product?after=bnVsbA',
      '/_search/ProductTeam?product_team_id=x',
      '/_search/Product?name=%00',
    ]) {
      assert.equal((await app.call({ path })).status, 400, path);
    }
    assert.equal((await app.call({ path: '/_history/Product/nobody' })).status, 404);
    assert.equal((await app.call({ path: '/_changes', headers: { apikey: undefined } })).status, 401);
  });
});

describe('the search that pages', () => {
  it('gives every party once, in order of name, by any mix of filters', async () => {
    await using app = await createPartiesApp();
    const team = await app.createTeam({ name: 'Alpha' });
    const other = await app.createTeam({ name: 'alphabet', ods_code: 'Y90001' });
    await app.createTeam({ name: 'Beta' });
    const names = ['b', 'B', 'a%', 'a_', 'aa', 'A', '~'];
    for (const name of names) await app.createProduct(team.id, name);
    await app.createProduct(other.id, 'aaa');
    const read = async (path: string, query: string) => {
      const found: string[] = [];
      let after = '';
      for (;;) {
        const page = (await app.call({ path: `/_search/${path}?limit=2&${query}${after}` })).json() as {
          results: { name: string }[];
          next: string | null;
        };
        found.push(...page.results.map(({ name }) => name));
        if (page.next === null) return found;
        after = `&after=${page.next}`;
      }
    };
    assert.deepEqual(await read('ProductTeam', ''), ['Alpha', 'alphabet', 'Beta']);
    assert.deepEqual(await read('ProductTeam', 'name=ALPHA'), ['Alpha', 'alphabet']);
    assert.deepEqual(await read('ProductTeam', 'name=alpha&organisation_code=Y90001'), ['alphabet']);
    assert.deepEqual((await read('Product', `product_team_id=${team.id}`)).toSorted(), names.toSorted());
    assert.deepEqual(await read('Product', 'name=a'), ['A', 'a%', 'a_', 'aa', 'aaa']);
    assert.deepEqual(await read('Product', 'name=a%25'), ['a%']);
    assert.deepEqual(await read('Product', 'organisation_code=nobody'), []);
  });
});
