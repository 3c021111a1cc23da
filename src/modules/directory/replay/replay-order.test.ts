import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { createDirectoryApp, type DirectoryApp, pharmacyRecord, phone } from '../testing/directory-app.ts';

const CODES = [odsCodeAt(1), odsCodeAt(2), odsCodeAt(3)];

/** A small generator of repeatable chance (Mulberry32). */
function chance(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, oneOf: <T>(items: readonly T[]) => items[below(items.length)] as T };
}

describe('replay in any order and number', () => {
  let app: DirectoryApp;
  before(async () => {
    app = await createDirectoryApp();
  });
  after(() => app[Symbol.asyncDispose]());

  /** Records that change a lot, a little, nothing, or cannot be applied in part. */
  const randomRecord = (odsCode: string, { below, oneOf }: ReturnType<typeof chance>) =>
    pharmacyRecord(
      odsCode,
      {
        ...oneOf([
          {},
          { Contacts: phone(`0163296${String(below(10_000)).padStart(4, '0')}`) },
          { Contacts: [] },
          { Postcode: 'ZZ98 9ZZ' },
          { Address1: `${below(90)} o'neill parade` },
          { OpeningTimes: [] },
          { OrganisationStatus: 'Closed' },
          { UecServices: null },
          { Services: [{ ServiceCode: 'SRV0560' }] },
        ]),
      },
      below(4),
    );

  /** Makes DoS differ from every event in everything that all of them set. */
  const disturb = () =>
    app.dos(
      "update services set publicphone = '000', web = 'www.disturbed.example', address = 'x' where left(odscode, 5) = any($1)",
      [CODES],
    );

  const replaySome = async (
    { below, oneOf }: ReturnType<typeof chance>,
    stored: { code: string; number: string }[],
  ) => {
    for (let left = 3 + below(4); left > 0; left -= 1) {
      const { code, number } = oneOf(stored);
      if (below(4) === 0) await app.operate('POST', '/event-replays', { filter: `ods-code=${code}` });
      else await app.operate('POST', '/event-replay', { odscode: code, sequence_number: number });
      if (below(4) === 0) await app.drain();
    }
  };

  for (let seed = 1; seed <= 3; seed += 1) {
    it(`ends in the same state (seed ${seed})`, async () => {
      const random = chance(seed);
      for (let event = 0; event < 10; event += 1) {
        const code = random.oneOf(CODES);
        // Few numbers, so that equal and older ones are as common as newer ones.
        await app.send(randomRecord(code, random), { sequence: seed * 100 + random.below(6) });
        if (random.below(4) === 0) await app.drain();
      }
      await app.drain();
      const stored = await app.sql<{ code: string; number: string }>(
        'select ods_code as code, sequence_number as number from directory.change_events order by chronology',
      );

      const applied = await app.dosContent();
      await replaySome(random, stored);
      await app.drain();
      assert.equal(await app.dosContent(), applied, 'replaying what was applied changes nothing');

      const states: string[] = [];
      for (let round = 0; round < 2; round += 1) {
        await disturb();
        await replaySome(random, stored);
        await app.operate('POST', '/event-replays', { filter: `ods-code=${CODES.join(',')}` });
        await replaySome(random, stored);
        await app.drain();
        states.push(await app.dosContent());
      }
      assert.equal(states[1], states[0], 'the order and number of replays makes no difference');
    });
  }
});
