import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
  phoneOf,
} from '../testing/directory-app.ts';

describe('a settle window', () => {
  let app: DirectoryApp;
  before(async () => {
    app = await createDirectoryApp({ environment: { DIRECTORY_SETTLE_SECONDS: '60' } });
  });
  after(() => app[Symbol.asyncDispose]());

  const save = async (odsCode: string, number: string, correlationId: string, sequence?: number) => {
    const record = pharmacyRecord(odsCode, onlyPhone(number));
    await app.send(record, { correlationId, ...(sequence !== undefined && { sequence }) });
    await app.drain();
  };
  /** As if the minute of all that waits had passed. */
  const passWindow = async () => {
    const moved = await app.sql(
      `update pgboss.job set start_after = now() where name = 'directory.match_services' and state = 'created'
       and start_after > now() returning 1`,
    );
    await app.drain();
    return moved.length;
  };
  const namesOf = async (correlationId: string) => (await app.journey(correlationId)).map(({ name }) => name);

  it('applies the last event of a session alone, and stores every one', async () => {
    const code = odsCodeAt(1);
    const before = await phoneOf(app, code);
    await save(code, '01632960001', 'first');
    await save(code, '01632960002', 'second');
    await save(code, '01632960003', 'third');
    assert.equal(await phoneOf(app, code), before, 'nothing is written before the window has passed');
    assert.equal(await passWindow(), 3);
    assert.equal(await phoneOf(app, code), '01632960003');
    const leftOut = ['change_event.received', 'change_event.stored', 'change_event.superseded'];
    assert.deepEqual(await namesOf('first'), leftOut);
    assert.deepEqual(await namesOf('second'), leftOut);
    assert.ok((await namesOf('third')).includes('update_request.succeeded'));
    const stored = await app.sql('select 1 from directory.change_events where ods_code = $1', [code]);
    assert.equal(stored.length, 3);
  });

  it('starts again with the next session, and does not hold up other codes', async () => {
    await save(odsCodeAt(1), '01632960011', 'again');
    await save(odsCodeAt(2), '01632960012', 'other');
    await passWindow();
    assert.equal(await phoneOf(app, odsCodeAt(1)), '01632960011');
    assert.equal(await phoneOf(app, odsCodeAt(2)), '01632960012');
  });

  it('applies equal numbers in their order, and never an older one', async () => {
    const code = odsCodeAt(3);
    await save(code, '01632960021', 'number-7', 7_000);
    await save(code, '01632960022', 'number-7-again', 7_000);
    await save(code, '01632960023', 'number-6', 6_000);
    await passWindow();
    assert.equal(await phoneOf(app, code), '01632960022');
    assert.ok((await namesOf('number-6')).includes('change_event.ignored'));
    assert.ok((await namesOf('number-7')).includes('update_request.succeeded'));
  });

  it('does not hold up a session without an end for more than ten windows', async () => {
    const code = odsCodeAt(4);
    await save(code, '01632960031', 'endless-1');
    await save(code, '01632960032', 'endless-2');
    await app.sql(
      "update directory.ods_sequences set settling_since = settling_since - interval '601 s' where ods_code = $1",
      [code],
    );
    const { jobs } = app.app.stores[0];
    const actor = { kind: 'operator', id: 'o-1', name: 'ada@example.org' } as const;
    await jobs.pause('directory.sync_service', actor);
    await app.sql(
      `update pgboss.job set start_after = now() where id = (select id from pgboss.job
       where name = 'directory.match_services' and singleton_key = $1 order by created_on limit 1)`,
      [code],
    );
    await app.drain();
    assert.ok((await namesOf('endless-1')).includes('update_request.sent'), 'it is applied all the same');
    await save(code, '01632960033', 'endless-3');
    await passWindow();
    assert.ok((await namesOf('endless-2')).includes('change_event.superseded'), 'a new session has begun');
    await jobs.resume('directory.sync_service', actor);
    await app.drain();
    assert.equal(await phoneOf(app, code), '01632960033');
  });
});
