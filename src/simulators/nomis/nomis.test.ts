import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startTestSimulators, type TestSimulators } from '../testing/simulators.ts';

interface Page {
  content: { visitId: number }[];
  totalElements: number;
  totalPages: number;
  number: number;
  last: boolean;
  numberOfElements: number;
}

describe('NOMIS simulator', () => {
  let simulators: TestSimulators;
  before(async () => {
    simulators = await startTestSimulators({ visits: 2500, now: () => new Date('2031-05-14T08:00:00Z') });
  });
  after(() => simulators[Symbol.asyncDispose]());
  beforeEach(() => fetch(`${simulators.url}/nomis/data`, { method: 'DELETE' }));

  const page = async (query: string) => (await simulators.call(`/nomis/visits/ids?${query}`)).body as Page;
  const visit = async (id: number) =>
    (await simulators.call(`/nomis/visits/${id}`)) as { status: number; body: Record<string, unknown> };

  it('pages through all ids once, in the shape of the framework', async () => {
    const first = await page('size=1000&page=0');
    assert.deepEqual(
      { ...first, content: first.content.length },
      {
        content: 1000,
        pageable: {
          sort: { empty: false, sorted: true, unsorted: false },
          offset: 0,
          pageNumber: 0,
          pageSize: 1000,
          paged: true,
          unpaged: false,
        },
        totalElements: 2500,
        totalPages: 3,
        last: false,
        first: true,
        size: 1000,
        number: 0,
        numberOfElements: 1000,
        sort: { empty: false, sorted: true, unsorted: false },
        empty: false,
      },
    );
    const last = await page('size=1000&page=2');
    assert.deepEqual([last.last, last.numberOfElements], [true, 500]);
    const second = await page('size=1000&page=1');
    const ids = [...first.content, ...second.content, ...last.content].map(({ visitId }) => visitId);
    assert.equal(new Set(ids).size, 2500);
    assert.equal((await page('size=10')).content.length, 10);
    assert.equal((await page('page=9&size=1000')).content.length, 0);
  });

  it('filters by prison, type and the time of entry, inclusive, lists repeated or with commas', async () => {
    const repeated = await page('prisonIds=HEI&prisonIds=MDI&size=1');
    const commas = await page('prisonIds=HEI,MDI&size=1');
    assert.equal(repeated.totalElements, commas.totalElements);
    assert.ok(repeated.totalElements > 0 && repeated.totalElements < 2500);
    assert.equal((await page('visitTypes=OFFI')).totalElements, 0);
    const [third, fifth] = [await visit(700_003), await visit(700_005)];
    const between = await page(`fromDateTime=${third.body.whenCreated}&toDateTime=${fifth.body.whenCreated}`);
    assert.deepEqual(
      between.content.map(({ visitId }) => visitId),
      [700_003, 700_004, 700_005],
    );
    assert.equal((await simulators.call('/nomis/visits/ids?fromDateTime=yesterday')).status, 400);
  });

  it('leaves out visits without a room when told to ignore them', async () => {
    const all = await page('size=1');
    const withRoom = await page('size=1&ignoreMissingRoom=true');
    assert.equal(all.totalElements - withRoom.totalElements, 50);
  });

  it('answers 404 for what there is not and 400 for what is no id', async () => {
    const missing = await visit(1);
    assert.deepEqual(missing, {
      status: 404,
      body: {
        status: 404,
        errorCode: null,
        userMessage: 'Not Found: visit id 1',
        developerMessage: 'visit id 1',
        moreInfo: null,
      },
    });
    assert.equal((await simulators.call('/nomis/visits/abc')).status, 400);
    assert.equal((await simulators.call('/nomis/sentence-adjustments/1')).status, 404);
    assert.equal((await simulators.call('/nomis/nothing')).status, 404);
  });

  it('lets visits be changed, deleted and added while it is paged through', async () => {
    const change = await simulators.call('/nomis/control/visits/700002', {
      method: 'PATCH',
      body: { visitStatus: { code: 'CANC', description: 'Cancelled' }, visitOutcome: null },
    });
    assert.equal(change.status, 204);
    const changed = await visit(700_002);
    assert.deepEqual(changed.body.visitStatus, { code: 'CANC', description: 'Cancelled' });
    assert.equal('visitOutcome' in changed.body, false);
    await simulators.call('/nomis/control/visits/700001', { method: 'DELETE' });
    await simulators.call('/nomis/control/visits/700003', { method: 'DELETE' });
    await simulators.call('/nomis/control/visits', { method: 'POST', body: { count: 2 } });
    assert.equal((await visit(700_001)).status, 404);
    assert.equal((await visit(702_502)).status, 200);
    const all = await page('size=3000');
    assert.equal(all.totalElements, 2500);
    assert.deepEqual(
      [all.content[0], all.content[1], all.content.at(-1)],
      [{ visitId: 700_002 }, { visitId: 700_004 }, { visitId: 702_502 }],
    );
    const backwards = await page('size=2&sort=whenCreated,desc');
    assert.deepEqual(backwards.content, [{ visitId: 702_502 }, { visitId: 702_501 }]);
  });

  it('counts the rooms of visits to come, as a search through them would', async () => {
    const put = await simulators.call('/nomis/control/visits', {
      method: 'PUT',
      body: { count: 400, shares: { future: 0.1, farFuture: 0.02, erroneousFuture: 0.02, official: 0.3 } },
    });
    assert.equal(put.status, 200);
    await simulators.call('/nomis/control/visits/700010', { method: 'DELETE' });
    const counted = new Map<string, number>();
    for (const { visitId } of (await page('size=2000&visitTypes=SCON')).content) {
      const { body } = await visit(visitId);
      const ahead = Date.parse(String(body.startDateTime)) - Date.parse('2031-05-14');
      const room = body.agencyInternalLocation as { description: string } | undefined;
      if (ahead < 86_400_000 || ahead > 366 * 86_400_000 || !room) continue;
      counted.set(room.description, (counted.get(room.description) ?? 0) + 1);
    }
    const usage = (await simulators.call('/nomis/visits/rooms/usage-count?visitTypes=SCON')).body as {
      agencyInternalLocationDescription: string;
      count: number;
    }[];
    assert.ok(usage.length > 5);
    assert.deepEqual(
      new Map(usage.map((room) => [room.agencyInternalLocationDescription, room.count])),
      counted,
    );
    const refused = await simulators.call('/nomis/control/visits', {
      method: 'PUT',
      body: { shares: { future: 2 } },
    });
    assert.equal(refused.status, 400);
  });

  it('holds adjustments of both categories by id and by booking', async () => {
    const sentence = (await simulators.call('/nomis/sentence-adjustments/150001')).body as Record<
      string,
      unknown
    >;
    const keyDate = (await simulators.call('/nomis/key-date-adjustments/150001')).body as Record<
      string,
      unknown
    >;
    assert.equal(typeof sentence.sentenceSequence, 'number');
    assert.equal('sentenceSequence' in keyDate, false);
    const path = `/nomis/prisoners/booking-id/${sentence.bookingId}/sentencing-adjustments`;
    await simulators.call('/nomis/control/sentence-adjustments/9000', {
      method: 'PUT',
      body: { ...sentence, id: 9000, active: false },
    });
    await simulators.call('/nomis/control/sentence-adjustments/150002', { method: 'DELETE' });
    const ids = async (query: string) => {
      const { body } = await simulators.call(path + query);
      const { sentenceAdjustments } = body as { sentenceAdjustments: { id: number; active: boolean }[] };
      return sentenceAdjustments.map(({ id }) => id);
    };
    assert.deepEqual(await ids('?active-only=false'), [150_001, 9000]);
    assert.ok(!(await ids('')).includes(9000));
    assert.equal((await simulators.call('/nomis/sentence-adjustments/150002')).status, 404);
  });

  it('pages through the ids of both categories', async () => {
    const totals = (await simulators.call('/nomis/adjustments/ids?size=1')).body as Page;
    assert.equal(totals.totalElements, 40_000);
    const seen = new Set<string>();
    for (const number of [0, 1, 2]) {
      const { body } = await simulators.call(`/nomis/adjustments/ids?size=15000&page=${number}`);
      for (const item of (body as { content: object[] }).content) seen.add(JSON.stringify(item));
    }
    assert.equal(seen.size, 40_000);
    const of = async (query: string) =>
      ((await simulators.call(`/nomis/adjustments/ids?size=20000&${query}`)).body as Page).totalElements;
    assert.equal((await of('toDate=2021-01-01')) + (await of('fromDate=2021-01-02')), 40_000);
    assert.equal(await of('fromDate=2021-01-02&toDate=2021-01-01'), 0);
  });

  it('tells the same of a visit in every process', async () => {
    await using other = await startTestSimulators({
      visits: 2500,
      now: () => new Date('2031-05-28T08:00:00Z'),
    });
    assert.deepEqual(
      (await other.call('/nomis/visits/701234')).body,
      (await simulators.call('/nomis/visits/701234')).body,
    );
  });
});
