import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '#platform/db';
import { createMetrics } from '#platform/telemetry';
import { createPartiesMetrics } from '../events.ts';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import { createProduct } from './create-product.ts';
import { createProductIntake } from './create-products.ts';
import { insertReservedIds } from './product-queries.ts';

const ROUNDS = 1_000;
const ALPHABET = 'ACDEFGHJKLMNPRTUVWXY34679';
const ORIGIN = { application: 'test', correlationId: null };

/** The id with this number. */
function idOf(number: number): string {
  const letters = Array.from({ length: 6 }, (_, place) => ALPHABET[Math.floor(number / 25 ** place) % 25]);
  return `P.${letters.slice(0, 3).join('')}-${letters.slice(3).join('')}`;
}

describe('products that draw the same id', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  /** Three processes, each with connections of its own, that draw their ids from one place. */
  function processes(draws: Iterator<string>) {
    const [store] = app.test.app.stores;
    const metrics = createMetrics();
    const databases = [1, 2, 3].map(() =>
      openDatabase({ url: app.test.database.url, maxConnections: 3, applicationName: 'race' }),
    );
    const contexts = databases.map((db) => ({
      clock: { now: () => new Date() },
      metrics: createPartiesMetrics(metrics),
      productIntake: createProductIntake(db, store.events.forModule('parties')),
      drawProductId: () => String(draws.next().value),
    }));
    return {
      create: async (process: number, team: string): Promise<string> => {
        const ctx = contexts[process];
        if (!ctx) throw new Error('There are three processes');
        return JSON.parse(await createProduct(ctx, { team, name: 'A' }, ORIGIN)).id;
      },
      redraws: async () => (await contexts[0]?.metrics.idRedraws.get())?.values[0]?.value ?? 0,
      [Symbol.asyncDispose]: async () => {
        for (const db of databases) await db[Symbol.asyncDispose]();
      },
    };
  }

  it('get it once, 1,000 times over, and the others draw again', async () => {
    const team = (await app.createTeam()).id;
    let contested: string[] = [];
    let number = 1_000_000;
    const nextId = (): string => {
      number += 1;
      return idOf(number);
    };
    const draws = (function* () {
      for (;;) yield contested.shift() ?? nextId();
    })();
    await using race = processes(draws);
    const ids = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 10) {
      // Ten ids, each the first draw of three creations; what is drawn after that is new.
      contested = Array.from({ length: 10 }, nextId).flatMap((id) => [id, id, id]);
      const wave = Array.from({ length: 30 }, (_, place) => race.create(place % 3, team));
      for (const id of await Promise.all(wave)) ids.add(id);
    }
    assert.equal(ids.size, ROUNDS * 3);
    assert.equal(await race.redraws(), ROUNDS * 2);
  });

  it('never get one that is reserved or was deleted', async () => {
    const team = (await app.createTeam()).id;
    const gone = (await app.createProduct(team)).id;
    await app.call({ method: 'DELETE', path: `/ProductTeam/${team}/Product/${gone}` });
    await insertReservedIds(app.test.database.db.kysely, ['P.AAA-AAA']);
    await using race = processes(['P.AAA-AAA', 'P.3DR-EK3', gone, 'P.CCC-CCC'].values());
    assert.equal(await race.create(0, team), 'P.CCC-CCC');
    assert.equal(await race.redraws(), 3);
  });

  it('give up after ten draws', async () => {
    const team = (await app.createTeam()).id;
    let drawn = 0;
    const draws = (function* () {
      for (;;) {
        drawn += 1;
        yield 'P.3DR-EK3';
      }
    })();
    await using race = processes(draws);
    await assert.rejects(race.create(0, team), { status: 500 });
    assert.equal(drawn, 10);
  });
});
