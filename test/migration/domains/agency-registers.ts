import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DomainSetting, madeOnce } from '../domain-setting.ts';

export function agencyRegisters(setting: DomainSetting): void {
  const { audit, nomis, change, names, send } = setting;

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
}
