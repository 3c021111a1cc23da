import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce } from '../domain-setting.ts';

export function finance(setting: DomainSetting): void {
  const { audit, nomis, change, mapping, names, send, runTwice } = setting;

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
      const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body.map(
        ({ path }) => path,
      );
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

    test('balances and transactions are compared with what was sent, and repaired one by one', async () => {
      await setting.run('/migrate/prisoner-balance');
      await sendInTime('GL_TRANSACTIONS-INSERTED');
      const known = (await nomis('/finance/prisoners/rootOffenderId/2500001/balance')).accounts as object[];
      await change('prisoner-balances/2500001', { accounts: known.slice(1) });
      assert.deepEqual(await setting.reconcile('PRISONER_BALANCE'), { DIFFERENT: 1 });
      assert.deepEqual(await setting.differences('PRISONER_BALANCE'), { 2500001: ['accountBalances'] });
      assert.equal((await setting.call('POST', '/prisoners/A0000AA/prisoner-balance/repair')).status, 200);
      assert.deepEqual(await setting.differences('PRISONER_BALANCE'), {});
      assert.equal((await setting.call('POST', '/prisoners/Z9999ZZ/prisoner-balance/repair')).status, 404);
      assert.equal((await setting.call('POST', '/prisoners/id/2500001/prisoner-balance/repair')).status, 200);
      const [entry] = (await setting.simulator<object[]>(`/nomis/transactions/${FIRST}`)).body;
      await change(`transactions/${FIRST}`, { entries: [{ ...entry, description: 'Corrected' }] });
      assert.deepEqual(await setting.reconcile('TRANSACTIONS'), { DIFFERENT: 1 });
      assert.deepEqual(await setting.differences('TRANSACTIONS'), { [FIRST]: ['offenderTransactions'] });
      assert.equal((await setting.call('POST', `/transactions/${FIRST}/repair`)).status, 200);
      assert.deepEqual(await setting.reconcile('TRANSACTIONS'), {});
    });

    test('what would be sent for a transaction can be looked at', async () => {
      const path = '/sync/prisoner-transaction/payload';
      const { status, body } = await setting.call<Body>('GET', `${path}/${FIRST}`);
      assert.deepEqual([status, body.transactionId], [200, FIRST]);
      assert.deepEqual(await audit('finance'), []);
      assert.equal((await setting.call('GET', `${path}/5`)).status, 404);
    });
  });
}
