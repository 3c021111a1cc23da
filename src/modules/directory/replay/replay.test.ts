import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CommandRefusal } from '#platform/module';
import { odsCodeAt } from '#reference/pharmacies';
import { createDirectoryApp, type DirectoryApp, pharmacyRecord, phone } from '../testing/directory-app.ts';

describe('replay', () => {
  let app: DirectoryApp;
  before(async () => {
    app = await createDirectoryApp({ environment: { ENVIRONMENT: 'blue1' } });
  });
  after(() => app[Symbol.asyncDispose]());

  const phoneOf = async (odsCode: string) =>
    (
      await app.dos<{ publicphone: string }>(
        'select publicphone from services where odscode = $1 and typeid = 13',
        [odsCode],
      )
    )[0]?.publicphone;
  const overwritePhone = (odsCode: string) =>
    app.dos("update services set publicphone = 'overwritten' where odscode = $1", [odsCode]);

  describe('of one event', () => {
    it('answers as the original and applies the event again under a correlation id of its own', async () => {
      const code = odsCodeAt(1);
      await app.send(pharmacyRecord(code, { Contacts: phone('01632960101') }), {
        sequence: '1782345678901234567',
      });
      await app.drain();
      await overwritePhone(code);
      const answer = await app.operate('POST', '/event-replay', {
        odscode: code,
        sequence_number: '1782345678901234567',
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.body.message, 'The change event has been re-sent successfully');
      assert.match(String(answer.body.correlation_id), /^\d{19}-blue1-replayed-event$/);
      await app.drain();
      assert.equal(await phoneOf(code), '01632960101');
      const names = (await app.journey(String(answer.body.correlation_id))).map(({ name }) => name);
      assert.deepEqual(
        [names[0], names[1], names.at(-1)],
        ['change_event.replayed', 'change_event.received', 'update_request.succeeded'],
      );
    });

    it('is in the audit, whoever asked for it', async () => {
      const audited = await app.sql<{ actor_name: string }>(
        "select actor_name from platform.audit_log where action = 'change_event.replayed' and target = $1",
        [`change_event:${odsCodeAt(1)} 1782345678901234567`],
      );
      assert.deepEqual(audited, [{ actor_name: 'settings' }]);
    });

    it('is never taken for a repetition, however soon it follows the original or another replay', async () => {
      const code = odsCodeAt(2);
      await app.send(pharmacyRecord(code, { Contacts: phone('01632960102') }), {
        sequence: 5,
        correlationId: 'soon',
      });
      const first = await app
        .command('replay', { 'ods-code': code, 'sequence-number': '5' })
        .catch((error: unknown) => error);
      assert.ok(first instanceof CommandRefusal, 'nothing is stored yet');
      await app.drain();
      const answers = [
        await app.command<{ correlation_id: string }>('replay', { 'ods-code': code, 'sequence-number': '5' }),
        await app.command<{ correlation_id: string }>('replay', {
          'ods-code': code,
          'sequence-number': '005',
        }),
      ];
      await app.drain();
      for (const { correlation_id: id } of answers) {
        const names = (await app.journey(id)).map(({ name }) => name);
        assert.ok(names.includes('update_request.succeeded'), names.join());
      }
      assert.equal(new Set(answers.map(({ correlation_id: id }) => id)).size, 2);
    });

    it('does not bring back what a newer event has replaced', async () => {
      const code = odsCodeAt(3);
      await app.send(pharmacyRecord(code, { Contacts: phone('01632960001') }), { sequence: 10 });
      await app.send(pharmacyRecord(code, { Contacts: phone('01632960002') }), { sequence: 11 });
      await app.drain();
      const { correlation_id: id } = await app.command<{ correlation_id: string }>('replay', {
        'ods-code': code,
        'sequence-number': '10',
      });
      await app.drain();
      assert.equal(await phoneOf(code), '01632960002');
      assert.ok((await app.journey(id)).some(({ name }) => name === 'change_event.ignored'));
    });

    it('takes the record stored last where one number has several', async () => {
      const code = odsCodeAt(4);
      for (const number of ['01632960301', '01632960302', '01632960303']) {
        await app.send(pharmacyRecord(code, { Contacts: phone(number) }), { sequence: 77 });
      }
      await app.drain();
      await overwritePhone(code);
      await app.command<{ correlation_id: string }>('replay', { 'ods-code': code, 'sequence-number': '77' });
      await app.drain();
      assert.equal(await phoneOf(code), '01632960303');
    });

    for (const [body, status, message] of [
      [{}, 400, "Missing 'odscode' in event"],
      [{ odscode: 'FA001' }, 400, "Missing 'sequence_number' in event"],
      [null, 400, "Missing 'odscode' in event"],
      [
        { odscode: 'NONE0', sequence_number: 3 },
        404,
        'No change event found for ods code NONE0 and sequence number 3',
      ],
      [
        { odscode: 'NONE0', sequence_number: 'x' },
        404,
        'No change event found for ods code NONE0 and sequence number x',
      ],
      [
        { odscode: 'N\u0000NE', sequence_number: '3' },
        404,
        'No change event found for ods code N\u0000NE and sequence number 3',
      ],
    ] as const) {
      it(`refuses ${JSON.stringify(body)}`, async () => {
        const answer = await app.console.inject({
          method: 'POST',
          url: '/directory/v1/internal/event-replay',
          headers: {
            authorization: `Bearer ${'Operator0Key'.repeat(4)}`,
            'content-type': 'application/json',
          },
          payload: JSON.stringify(body),
        });
        assert.equal(answer.statusCode, status, answer.body);
        assert.deepEqual(answer.json(), { message });
      });
    }
  });

  it('is for operators: the key of NHS.uk does not open it, and the public listener does not know it', async () => {
    const refused = await app.console.inject({
      method: 'POST',
      url: '/directory/v1/internal/event-replay',
      headers: { 'x-api-key': 'Test0Key1'.repeat(8) },
      payload: {},
    });
    assert.equal(refused.statusCode, 401);
    const unknown = await app.module('directory').inject({
      method: 'POST',
      url: '/v1/internal/event-replay',
      headers: { 'x-api-key': 'Operator0Key'.repeat(4) },
      payload: {},
    });
    assert.deepEqual([unknown.statusCode, unknown.body], [403, '{"message":"Missing Authentication Token"}']);
  });

  describe('of a window or filter', () => {
    const codes = [odsCodeAt(11), odsCodeAt(12), odsCodeAt(13)] as const;
    before(async () => {
      for (const [index, code] of codes.entries()) {
        await app.send(
          pharmacyRecord(code, { Contacts: phone(`0163296040${index}`), County: `Shire ${index}` }),
          {
            sequence: 500 + index,
            correlationId: `window-${index}`,
          },
        );
      }
      await app.send(pharmacyRecord(codes[0], { Postcode: 'ZZ98 9ZZ' }), {
        sequence: 510,
        correlationId: 'no-postcode',
      });
      await app.drain();
    });

    const replay = async (body: object) => {
      const started = await app.operate('POST', '/event-replays', body);
      assert.equal(started.status, 202, JSON.stringify(started.body));
      assert.equal(started.body.state, 'running');
      await app.drain();
      const { body: ended } = await app.operate<{ state: string; queued: number; looked_at: number }>(
        'GET',
        `/event-replays/${started.body.replay_id}`,
      );
      const replayed = await app.sql<{ ods_code: string; number: string }>(
        `select properties ->> 'ods_code' as ods_code, properties ->> 'sequence_number' as number
         from platform.events where name = 'change_event.replayed' and time >= $1 order by id`,
        [started.body.created_at],
      );
      return { ended, replayed: replayed.map(({ ods_code, number }) => `${ods_code} ${number}`) };
    };

    it('queues the chosen events in the order in which they came in', async () => {
      const { ended, replayed } = await replay({ filter: `ods-code=${codes.join(',')}` });
      assert.deepEqual(replayed, [
        `${codes[0]} 500`,
        `${codes[1]} 501`,
        `${codes[2]} 502`,
        `${codes[0]} 510`,
      ]);
      assert.equal(ended.state, 'finished');
      assert.equal(ended.queued, 4);
      assert.ok(ended.looked_at > 4);
    });

    it('gives the same again when it is repeated', async () => {
      const content = await app.dosContent();
      const request = { since: '1h', filter: 'sequence>=500 sequence<=502' };
      const [first, second] = [await replay(request), await replay(request)];
      assert.equal(first.ended.queued, 3);
      assert.deepEqual(second.replayed, first.replayed);
      assert.equal(await app.dosContent(), content);
    });

    for (const [filter, expected] of [
      ['report=INVALID_POSTCODE', [`${odsCodeAt(11)} 510`]],
      ['correlation-id=window-*', [`${odsCodeAt(11)} 500`, `${odsCodeAt(12)} 501`, `${odsCodeAt(13)} 502`]],
      ['correlation-id=window-*,no-postcode Postcode=ZZ98*', [`${odsCodeAt(11)} 510`]],
      ['County="Shire 1"', [`${odsCodeAt(12)} 501`]],
      [`ods-code=${odsCodeAt(12).slice(0, 4)}* sequence=501`, [`${odsCodeAt(12)} 501`]],
      ['failed=yes', []],
    ] as const) {
      it(`chooses by ${filter}`, async () => {
        const { ended, replayed } = await replay({ filter });
        assert.deepEqual(replayed, expected);
        assert.equal(ended.queued, expected.length);
      });
    }

    it('leaves out what came before since or after until', async () => {
      assert.equal((await replay({ until: '2020-01-01' })).ended.queued, 0);
      assert.equal((await replay({ since: new Date(Date.now() + 60_000).toISOString() })).ended.queued, 0);
    });

    for (const body of [
      {},
      { since: 'yesterday' },
      { filter: 'sequence>=x' },
      { filter: 'nonsense' },
      { filter: 'colour=blue' },
      { filter: 'ods-code=\u0000' },
      { filter: 'correlation-id=\ud800' },
      { filter: 'ods-code>=FA001' },
      { filter: 'a=b c' },
      { since: 5 },
      { since: '1h', until: '2h' },
      { other: 'x' },
    ]) {
      it(`refuses ${JSON.stringify(body)} and starts nothing`, async () => {
        const runs = () => app.sql('select id from directory.replay_runs');
        const before = (await runs()).length;
        const answer = await app.operate('POST', '/event-replays', body);
        assert.equal(answer.status, 400);
        assert.equal(typeof answer.body.message, 'string');
        assert.equal((await runs()).length, before);
      });
    }

    it('does not take an empty ODS code of the command line for all of them', async () => {
      await assert.rejects(app.command('replay', { 'ods-code': '', since: '1h' }), { exitCode: 2 });
    });

    it('answers 404 for a replay that does not exist', async () => {
      for (const id of ['nothing', '0196a3c1-77f2-7d40-9a51-3f0f1c6e2b90']) {
        assert.equal((await app.operate('GET', `/event-replays/${id}`)).status, 404);
      }
    });

    it('goes on where it was when the worker died in the middle', async () => {
      const started = await app.operate('POST', '/event-replays', { filter: 'sequence>=500 sequence<=502' });
      const { pool } = app.database.db;
      await pool.query(`create function die() returns trigger language plpgsql as $$
        begin raise 'the run dies here'; end $$`);
      await pool.query(
        'create trigger die before update on directory.replay_runs for each row execute function die()',
      );
      await app.app.stores[0].jobs.drain({ timeoutMs: 20_000 });
      const halfway = await app.operate('GET', `/event-replays/${started.body.replay_id}`);
      assert.deepEqual([halfway.body.state, halfway.body.queued], ['running', 0]);
      await pool.query('drop trigger die on directory.replay_runs');
      const { failures } = await app.app.stores[0].jobs.failures.list(
        { task: 'directory.replay_events' },
        { limit: 1 },
      );
      const actor = { kind: 'cli', id: 'test', name: 'test' } as const;
      await app.app.stores[0].jobs.failures.retry([failures[0]?.id ?? ''], actor);
      await app.drain();
      const ended = await app.operate('GET', `/event-replays/${started.body.replay_id}`);
      assert.deepEqual([ended.body.state, ended.body.queued], ['finished', 3]);
    });
  });
});
