import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce, startDomainSetting } from './domain-setting.ts';

// Domains whose ids, mappings or events are not as those of the others.

let setting: DomainSetting;
before(async () => {
  setting = await startDomainSetting({ STAFF_PAGE_SIZE: '5', PRISONER_BALANCE_PAGE_SIZE: '3' });
});
after(() => setting[Symbol.asyncDispose]());
beforeEach(() => setting.reset());

const audit = (simulator: string) => setting.audit(simulator);
const nomis = (path: string) => setting.nomis(path);
const change = (path: string, members: object) => setting.change(path, members);
const mapping = (path: string) => setting.mapping(path);
const names = (part: string) => setting.names(part);
const send = (queue: string, eventType: string, message: object) => setting.send(queue, eventType, message);
const runTwice = (path: string) => setting.runTwice(path);

describe('visit balances', () => {
  const balance = async (who: string) =>
    (await setting.simulator<Body>(`/visit-balance/visits/allocation/prisoner/${who}/balance`)).body;
  const INSERTED = 'OFFENDER_VISIT_BALANCE_ADJS-INSERTED';
  const EVENT = {
    visitBalanceAdjustmentId: 640_001,
    offenderIdDisplay: 'A0000AA',
    bookingId: 1_200_001,
    auditModuleName: 'OIDVISIT',
  };

  test('a run sets every balance once, and a comparison finds and mends what differs', async () => {
    assert.equal(await runTwice('/migrate/visit-balance'), 8);
    assert.ok(madeOnce(await audit('visit-balance')));
    await change('visit-balances/300001', { remainingVisitOrders: 41 });
    assert.deepEqual(await setting.reconcile('VISIT_BALANCE', 'all'), { DIFFERENT: 1 });
    assert.equal((await balance('A0000AA')).voBalance, 41);
  });

  test('a change is sent once, however often its event comes', async () => {
    await change('visit-balance-adjustments/640001', { visitOrderChange: 3, previousVisitOrderCount: 4 });
    for (let nth = 0; nth < 5; nth += 1) {
      await setting.sendEvent('prisoner_from_nomis_visit_balance_queue', INSERTED, EVENT);
    }
    await setting.drain();
    assert.equal((await balance('A0000AA')).voBalance, 7);
    assert.deepEqual(
      (await audit('visit-balance')).map(({ created, changed }) => [created, changed]),
      [[1, 0]],
    );
    assert.deepEqual(await names('visitbalance-adjustment'), [
      'visitbalance-adjustment-synchronisation-created-success',
      ...Array.from({ length: 4 }, () => 'visitbalance-adjustment-synchronisation-ignored'),
    ]);
  });

  test('changes of the new service, without an author or of an earlier booking are not sent', async () => {
    await send('visit_balance', INSERTED, { ...EVENT, auditModuleName: 'DPS_SYNCHRONISATION_VB' });
    await send('visit_balance', INSERTED, { ...EVENT, auditModuleName: undefined });
    await change('visit-balance-adjustments/640001', { latestBooking: false });
    await send('visit_balance', INSERTED, EVENT);
    await send('visit_balance', 'OFFENDER_VISIT_BALANCE_ADJS-DELETED', EVENT);
    assert.deepEqual(await audit('visit-balance'), []);
    assert.deepEqual(await names('visitbalance-adjustment'), [
      'visitbalance-adjustment-synchronisation-skipped',
      'visitbalance-adjustment-synchronisation-skipped',
      'visitbalance-adjustment-synchronisation-ignored',
      'visitbalance-adjustment-synchronisation-deleted-ignored',
    ]);
  });

  test('the repair sets the balance to what NOMIS says', async () => {
    await change('visit-balances/300001', { remainingVisitOrders: 17 });
    assert.equal((await setting.call('POST', '/prisoners/A0000AA/visit-balance/repair')).status, 200);
    assert.equal((await balance('A0000AA')).voBalance, 17);
  });
});

describe('staff', () => {
  const STAFF = 485_001;
  const EVENT = { staffId: STAFF, auditModuleName: 'OUMAGENCY' };
  const idsQueued = async () => {
    const queued = await setting.events('MIGRATE_ENTITY');
    return queued.length;
  };

  test('a run walks ranges of ids side by side and moves everybody once', async () => {
    assert.equal(await runTwice('/migrate/staff'), 24);
    assert.ok(madeOnce(await audit('staff')));
    assert.equal(await idsQueued(), 48, 'no range gave an id of another');
    const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body.map(({ path }) => path);
    assert.ok(calls.some((path) => path.startsWith('/staff/ids/all-from-id?staffId=0&size=5')));
    assert.ok((await setting.events('MIGRATE_BY_DIVISION')).length > 2);
    const page = await mapping('/mapping/staff/migration-id/x?size=1');
    assert.deepEqual(page.page, { size: 1, number: 0, totalElements: 0, totalPages: 0 });
  });

  test('whoever joins during a run is moved by it, and whoever leaves shifts nobody', async () => {
    await setting.call('POST', '/migrate/staff', {});
    const known = await nomis(`/staff/id/${STAFF}`);
    await setting.simulator(`/nomis/control/staff/${STAFF}`, 'DELETE');
    await change('staff/900001', { ...known, id: 900_001 });
    await setting.drain();
    const ids = (await audit('staff')).map(({ id }) => id);
    assert.equal(ids.length, 24);
    assert.deepEqual([ids.includes('900001'), ids.includes(String(STAFF))], [true, false]);
  });

  test('events send the whole person, named by id or by account', async () => {
    await send('staff', 'STAFF_MEMBERS-INSERTED', EVENT);
    await send('staff', 'USER_CASELOAD_ROLES-INSERTED', {
      username: `SX${STAFF}_GEN`,
      auditModuleName: 'OUMAGENCY',
    });
    await send('staff', 'STAFF_MEMBERS-UPDATED', { ...EVENT, auditModuleName: 'DPS_SYNCHRONISATION' });
    await send('staff', 'STAFF_MEMBERS-DELETED', EVENT);
    assert.equal((await setting.call('POST', `/staff/${STAFF}/repair`)).status, 200);
    assert.deepEqual(await audit('staff'), [{ id: String(STAFF), created: 2, changed: 1, deleted: 1 }]);
    assert.deepEqual(await names('staff-synchronisation'), [
      'staff-synchronisation-created-success',
      'staff-synchronisation-updated-success',
      'staff-synchronisation-skipped',
      'staff-synchronisation-deleted-success',
      'staff-synchronisation-created-success',
    ]);
  });

  test('a lost answer to a create makes nobody twice', async () => {
    await setting.simulator('/staff/faults', 'PUT', [
      { match: { method: 'POST' }, kind: 'timeout_after_commit', delayMs: 5, count: 3 },
    ]);
    const run = await setting.run('/migrate/staff');
    assert.deepEqual([run.recordsMigrated, run.recordsFailed], [24, 0]);
    assert.ok(madeOnce(await audit('staff')));
  });
});

describe('agency registers', () => {
  const EVENT = { agencyLocationId: 'WLICT', auditModuleName: 'OUMAGENC' };

  test('a run sends all at once, keeps no mappings, and the next one sends all again', async () => {
    const count = (await nomis('/agency/ids/all')).agencyIds as unknown[];
    const run = await setting.run('/migrate/agency-registers');
    assert.deepEqual([run.status, run.recordsMigrated, run.recordsFailed], ['COMPLETED', 0, 0]);
    const rows = await audit('agency');
    assert.deepEqual([rows.length, madeOnce(rows)], [count.length, true]);
    assert.deepEqual(await names('MIGRATE_BY_PAGE'), []);
    assert.equal((await setting.events('agencyregisters-migration-entity-migrated')).length, count.length);
    await change('agencies/1', { description: 'Renamed' });
    await setting.run('/migrate/agency-registers');
    assert.equal((await audit('agency')).filter(({ changed }) => changed === 1).length, 1);
  });

  test('an event sets the agency, and one that the new service caused does not', async () => {
    await send('agency_registers', 'AGENCY_REGISTERS_UPDATED', EVENT);
    await send('agency_registers', 'AGENCY_REGISTERS_UPDATED', {
      ...EVENT,
      auditModuleName: 'DPS_SYNCHRONISATION',
    });
    assert.deepEqual(await audit('agency'), [{ id: 'WLICT', created: 1, changed: 0, deleted: 0 }]);
    assert.deepEqual(await names('agencyregisters-synchronisation'), [
      'agencyregisters-synchronisation-updated-success',
      'agencyregisters-synchronisation-skipped',
    ]);
    assert.equal((await setting.call('GET', '/migrate/history/active/AGENCY_REGISTERS')).status, 200);
  });

  test('without mappings there is nothing to compare and nothing to take back', async () => {
    await assert.rejects(setting.reconcile('AGENCY_REGISTERS'), /keeps no mappings/);
  });
});

describe('finance', () => {
  const FIRST = 810_001;
  const EVENT = { transactionId: FIRST, offenderIdDisplay: 'A0000AA', auditModuleName: 'OTDCAN' };
  const queue = 'finance';
  /** What waits for its time is due now. */
  const passTime = () =>
    setting.app.app.stores[0].db.pool.query(
      `update pgboss.job set start_after = now() where name = 'migration.sync_transactions' and state = 'created'`,
    );
  const sendInTime = async (eventType: string) => {
    await send(queue, eventType, EVENT);
    await passTime();
    await setting.drain();
  };

  test('a run takes the ranges that the source cuts, and moves each balance once', async () => {
    assert.equal(await runTwice('/migrate/prisoner-balance'), 8);
    assert.ok(madeOnce(await audit('finance')));
    const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body.map(({ path }) => path);
    const ranges = calls.filter((path) => path.startsWith('/finance/prisoners/ids-in-range'));
    // Three prisoners to a range, in both runs.
    assert.equal(ranges.length, 6);
    assert.equal((await mapping('/mapping/prisoner-balance/nomis-id/2500001')).dpsId, 'A0000AA');
  });

  test('many events of one transaction send it once, when all have come', async () => {
    for (const table of ['OFFENDER_TRANSACTIONS', 'GL_TRANSACTIONS', 'GL_TRANSACTIONS']) {
      await send(queue, `${table}-INSERTED`, EVENT);
    }
    assert.deepEqual(await audit('finance'), [], 'its time has not come');
    await passTime();
    await setting.drain();
    assert.deepEqual(
      (await audit('finance')).map(({ created, changed }) => [created, changed]),
      [[1, 0]],
    );
    await sendInTime('GL_TRANSACTIONS-UPDATED');
    assert.deepEqual(await names('transactions-synchronisation'), [
      'transactions-synchronisation-created-success',
      'transactions-synchronisation-updated-success',
    ]);
    const made = await mapping(`/mapping/transactions/nomis-transaction-id/${FIRST}`);
    assert.equal(made.offenderNo, 'A0000AA');
  });

  test('a message that was lost does not silence its record for ever', async () => {
    await send(queue, 'GL_TRANSACTIONS-INSERTED', EVENT);
    const { pool } = setting.app.app.stores[0].db;
    await pool.query(`delete from pgboss.job where name = 'migration.sync_transactions'`);
    await pool.query(`update migration.gathered_keys set gathered_at = gathered_at - interval '1 hour'`);
    await sendInTime('GL_TRANSACTIONS-UPDATED');
    assert.equal((await audit('finance')).length, 1);
  });

  test('a gathered transaction that cannot be sent is a dead letter under the name of its message', async () => {
    await setting.simulator('/finance/faults', 'PUT', [{ match: {}, kind: 'status', status: 500 }]);
    await sendInTime('GL_TRANSACTIONS-INSERTED');
    const [dead] = await setting.events('sent-to-dlq');
    assert.equal(dead?.name, 'prisoner-from-nomis-synchronisation-PERFORM_TRANSACTION_SYNC-sent-to-dlq');
    await setting.simulator('/finance/faults', 'PUT', []);
    await setting.call('PUT', '/queue-admin/retry-dlq/prisoner_from_nomis_finance_dl_queue');
    await setting.drain();
    assert.equal((await audit('finance')).length, 1);
  });
});
