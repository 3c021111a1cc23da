import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDirectoryApp, type DirectoryApp } from '../testing/directory-app.ts';

describe('the DoS database helper', () => {
  let app: DirectoryApp;
  let serviceId: number;
  before(async () => {
    app = await createDirectoryApp();
    const [service] = await app.dos<{ id: number }>(
      'select id from services where typeid = 13 order by id limit 1',
    );
    serviceId = service?.id ?? 0;
  });
  after(() => app[Symbol.asyncDispose]());

  const ask = (body: unknown) => app.operate<string>('POST', '/dos-db-handler', body);
  const rows = async (body: object) => {
    const answer = await ask(body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(typeof answer.body, 'string', 'JSON within JSON');
    return JSON.parse(answer.body);
  };

  it('reads rows with parameters by place, with dates, times and decimals as text', async () => {
    assert.deepEqual(
      await rows({
        type: 'read',
        query:
          "SELECT id, typeid, date '2031-03-05' AS d, time '09:00' AS t, 1.50::numeric AS n, true AS b, null AS x, %s::text AS given FROM services WHERE id = %s",
        query_vars: ["it's 100%", serviceId],
      }),
      [
        {
          id: serviceId,
          typeid: 13,
          d: '2031-03-05',
          t: '09:00:00',
          n: '1.50',
          b: true,
          x: null,
          given: "it's 100%",
        },
      ],
    );
  });

  it('takes parameters by name, more than once, and leaves per cent signs alone without any', async () => {
    assert.deepEqual(
      await rows({
        type: 'read',
        query: "select %(NAME)s::text as one, %(NAME)s::text as two, '5%%' as share, %(ID)s::int as id",
        query_vars: { NAME: 'x', ID: 7, UNUSED: 1 },
      }),
      [{ one: 'x', two: 'x', share: '5%', id: 7 }],
    );
    assert.deepEqual(await rows({ type: 'read', query: "select '5%s%%' as share", query_vars: null }), [
      { share: '5%s%%' },
    ]);
  });

  it('writes and commits, and answers as the original does', async () => {
    const insert = {
      query: `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
        values (%(ID)s, 'PENDING', 'modify', 'x', 'x', '{}', 'y', %(SERVICE)s) returning id`,
      query_vars: { ID: 'helper-1', SERVICE: serviceId },
    };
    assert.deepEqual(await ask({ type: 'insert', ...insert }), { status: 200, body: 'True' });
    assert.deepEqual(
      await rows({ type: 'write', ...insert, query_vars: { ID: 'helper-2', SERVICE: serviceId } }),
      [{ id: 'helper-2' }],
    );
    const stored = await app.dos("select id from changes where id like 'helper-%' order by id");
    assert.deepEqual(stored, [{ id: 'helper-1' }, { id: 'helper-2' }]);
  });

  it('gives opening times in the shape of change events', async () => {
    await app.dos('delete from servicedayopenings where serviceid = $1', [serviceId]);
    await app.dos('delete from servicespecifiedopeningdates where serviceid = $1', [serviceId]);
    await app.dos(
      `with day as (insert into servicedayopenings (serviceid, dayid) values ($1, 2) returning id)
       insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid)
       select t.s, t.e, day.id from day, (values (time '13:00', time '17:30'), (time '09:00', time '12:00')) t (s, e)`,
      [serviceId],
    );
    await app.dos(
      `with dates as (insert into servicespecifiedopeningdates (serviceid, date)
         values ($1, '2031-03-05'), ($1, '2031-03-06') returning id, date)
       insert into servicespecifiedopeningtimes (starttime, endtime, isclosed, servicespecifiedopeningdateid)
       select case when date = '2031-03-05' then time '00:00' else time '10:00' end,
         case when date = '2031-03-05' then time '00:00' else time '11:00' end, date = '2031-03-05', id from dates`,
      [serviceId],
    );
    const standard = await ask({ type: 'change_event_standard_opening_times', service_id: serviceId });
    assert.deepEqual(standard.body, {
      Monday: [],
      Tuesday: [
        { start_time: '09:00', end_time: '12:00' },
        { start_time: '13:00', end_time: '17:30' },
      ],
      Wednesday: [],
      Thursday: [],
      Friday: [],
      Saturday: [],
      Sunday: [],
    });
    const specified = await app.command('dos-db', {
      message: JSON.stringify({
        type: 'change_event_specified_opening_times',
        service_id: String(serviceId),
      }),
    });
    assert.deepEqual(specified, {
      '2031-03-05': [],
      '2031-03-06': [{ start_time: '10:00', end_time: '11:00' }],
    });
  });

  it('gives the rows of the first of several statements', async () => {
    assert.deepEqual(await rows({ type: 'read', query: 'select 1 as one; select 2 as two' }), [{ one: 1 }]);
  });

  for (const [body, status, message] of [
    [{}, 400, 'Unsupported request'],
    [{ type: 'drop' }, 400, 'Unsupported request'],
    [{ type: 'change_event_standard_opening_times' }, 400, 'Missing service_id'],
    [{ type: 'change_event_specified_opening_times', service_id: 'x' }, 404, 'Service ID x not found'],
    [{ type: 'read' }, 400, 'Missing query'],
    [
      { type: 'write', query: "update services set name = 'lost'" },
      400,
      'The query must return rows: use RETURNING',
    ],
    [{ type: 'read', query: 'select %s', query_vars: [] }, 400, /a value is missing/],
    [{ type: 'read', query: 'select %s', query_vars: [1, 2] }, 400, /more values/],
    [{ type: 'read', query: 'select %(A)s', query_vars: { B: 1 } }, 400, /no value named A/],
    [{ type: 'read', query: 'select nonsense' }, 400, /^The query failed: /],
  ] as const) {
    it(`refuses ${JSON.stringify(body)}`, async () => {
      const answer = await app.operate<{ message: string }>('POST', '/dos-db-handler', body);
      assert.equal(answer.status, status);
      if (typeof message === 'string') assert.equal(answer.body.message, message);
      else assert.match(answer.body.message, message);
    });
  }
});
