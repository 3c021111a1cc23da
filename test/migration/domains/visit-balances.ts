import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce } from '../domain-setting.ts';

export function visitBalances(setting: DomainSetting): void {
  const { audit, change, names, send, runTwice } = setting;

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
}
