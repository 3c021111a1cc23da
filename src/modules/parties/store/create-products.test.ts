import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openDatabase } from '#platform/db';
import { createPartiesApp, type PartiesApp } from '../testing/parties-app.ts';
import { createProductIntake, type ProductCreation, type ProductWriting } from './create-products.ts';
import { insertReservedIds } from './product-queries.ts';

const ROUNDS = 1_000;
const ALPHABET = 'ACDEFGHJKLMNPRTUVWXY34679';

/** The id with this number. */
function idOf(number: number): string {
  const letters = Array.from(
    { length: 6 },
    (_, place) => ALPHABET[Math.floor(number / 25 ** place) % 25],
  ).join('');
  return `P.${letters.slice(0, 3)}-${letters.slice(3)}`;
}

describe('products that draw the same id', () => {
  let app: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
  });
  after(() => app[Symbol.asyncDispose]());

  const creation = (team: string): ProductCreation => ({
    team,
    name: 'A',
    createdOn: '2026-11-20T18:01:12.663342+00:00',
    origin: { application: 'test', correlationId: null },
  });

  /** Three intakes with pools of their own, as three processes have, that all draw ids from `draws`. */
  async function intakes(draws: Iterator<string>) {
    let redraws = 0;
    const writing: ProductWriting = {
      register: { append: async () => undefined },
      drawId: () => String(draws.next().value),
      onRedraw: (count) => {
        redraws += count;
      },
    };
    const databases = [1, 2, 3].map(() =>
      openDatabase({ url: app.test.database.url, maxConnections: 3, applicationName: 'race' }),
    );
    return {
      intakes: databases.map((db) => createProductIntake(db, writing)),
      redraws: () => redraws,
      [Symbol.asyncDispose]: async () => {
        for (const db of databases) await db[Symbol.asyncDispose]();
      },
    };
  }

  it('get it once, 1,000 times over, and the others draw again', async () => {
    const team = (await app.createTeam()).id;
    // Each id comes three times in a row, so that three creations at once want the same.
    const draws = (function* () {
      for (let number = 0; ; number += 1) yield idOf(Math.floor(number / 3) + 1_000_000);
    })();
    await using race = await intakes(draws);
    const ids = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 10) {
      const wave = Array.from({ length: 10 }, () => race.intakes.map(() => creation(team)));
      await Promise.all(
        wave.flatMap((creations) => creations.map((item, place) => race.intakes[place]?.add(item))),
      );
      for (const { outcome } of wave.flat()) {
        assert.equal(outcome?.kind, 'created');
        if (outcome?.kind === 'created') ids.add(outcome.id);
      }
    }
    assert.equal(ids.size, ROUNDS * 3);
    assert.ok(race.redraws() >= ROUNDS, `${race.redraws()} ids drawn again`);
  });

  it('never get one that is reserved or was deleted', async () => {
    const team = (await app.createTeam()).id;
    const gone = (await app.createProduct(team)).id;
    await app.call({ method: 'DELETE', path: `/ProductTeam/${team}/Product/${gone}` });
    await insertReservedIds(app.test.database.db.kysely, ['P.AAA-AAA']);
    await using race = await intakes(['P.AAA-AAA', 'P.3DR-EK3', gone, 'P.CCC-CCC'].values());
    const item = creation(team);
    await race.intakes[0]?.add(item);
    assert.equal(item.outcome?.kind === 'created' && item.outcome.id, 'P.CCC-CCC');
    assert.equal(race.redraws(), 3);
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
    await using race = await intakes(draws);
    const item = creation(team);
    await race.intakes[0]?.add(item);
    assert.equal(item.outcome?.kind, 'id_taken');
    assert.equal(drawn, 10);
  });
});
