import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Answer, createPartiesApp, keyOf, type PartiesApp } from '../testing/parties-app.ts';

const ROUNDS = 1_000;
const FEWER_ROUNDS = 200;
/** Rounds under way at a time: enough for every statement to meet others. */
const AT_ONCE = 25;

async function rounds(count: number, play: () => Promise<void>): Promise<void> {
  let next = 0;
  const player = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await play();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, player));
}

const statuses = (answers: Answer[]): number[] => answers.map(({ status }) => status).sort();

describe('races have exactly one winner', () => {
  let app: PartiesApp;
  let other: PartiesApp;
  before(async () => {
    app = await createPartiesApp();
    // A second process on the same database, so that the group of one process cannot settle everything.
    other = await createPartiesApp({ sharing: app });
  });
  after(async () => {
    await other[Symbol.asyncDispose]();
    await app[Symbol.asyncDispose]();
  });
  const createTeam = (where: PartiesApp, alias: string) =>
    where.call({
      method: 'POST',
      path: '/ProductTeam',
      body: { name: 'A', ods_code: 'F5H1R', keys: [keyOf(alias)] },
    });

  it('for the same alias', () =>
    rounds(ROUNDS, async () => {
      const alias = randomUUID();
      const answers = await Promise.all([
        createTeam(app, alias),
        createTeam(other, alias),
        createTeam(app, alias),
      ]);
      assert.deepEqual(statuses(answers), [201, 400, 400]);
      const losers = answers.filter(({ status }) => status === 400);
      for (const { body } of losers) {
        assert.equal(body, '{"errors": [{"code": "VALIDATION_ERROR", "message": "Item already exists"}]}');
      }
      const read = await other.call({ path: `/ProductTeam/${alias}` });
      assert.equal(read.body, answers.find(({ status }) => status === 201)?.body);
    }));

  it('for the deletion of a team and the creation of its product', () =>
    rounds(ROUNDS, async () => {
      const team = await app.createTeam();
      const [deletion, creation] = await Promise.all([
        other.call({ method: 'DELETE', path: `/ProductTeam/${team.id}` }),
        app.call({ method: 'POST', path: `/ProductTeam/${team.id}/Product`, body: { name: 'A' } }),
      ]);
      assert.ok(
        (deletion.status === 200 && creation.status === 404) ||
          (deletion.status === 409 && creation.status === 201),
        `${deletion.status} and ${creation.status}`,
      );
      const read = await app.call({ path: `/ProductTeam/${team.id}` });
      assert.equal(read.status, deletion.status === 200 ? 404 : 200);
    }));

  it('for two deletions of a team, and its alias is free for exactly one new team', () =>
    rounds(FEWER_ROUNDS, async () => {
      const alias = randomUUID();
      await app.createTeam({ keys: [keyOf(alias)] });
      const deletions = await Promise.all([
        app.call({ method: 'DELETE', path: `/ProductTeam/${alias}` }),
        other.call({ method: 'DELETE', path: `/ProductTeam/${alias}` }),
      ]);
      assert.deepEqual(statuses(deletions), [200, 404]);
      const again = await Promise.all([createTeam(app, alias), createTeam(other, alias)]);
      assert.deepEqual(statuses(again), [201, 400]);
    }));

  it('for two deletions of a product', () =>
    rounds(FEWER_ROUNDS, async () => {
      const team = await app.createTeam();
      const { id } = await app.createProduct(team.id);
      const path = `/ProductTeam/${team.id}/Product/${id}`;
      const answers = await Promise.all([
        app.call({ method: 'DELETE', path }),
        other.call({ method: 'DELETE', path }),
      ]);
      assert.deepEqual(statuses(answers), [200, 404]);
    }));
});
