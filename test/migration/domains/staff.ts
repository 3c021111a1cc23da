import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DomainSetting, madeOnce } from '../domain-setting.ts';

export function staff(setting: DomainSetting): void {
  const { audit, nomis, change, mapping, names, send, runTwice } = setting;

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
      const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body.map(
        ({ path }) => path,
      );
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

    test('a comparison finds who changed since they were sent, but for when they last signed in', async () => {
      await runTwice('/migrate/staff');
      const person = await nomis(`/staff/id/${STAFF}`);
      const accounts = (person.accounts as object[]).map((account) => ({
        ...account,
        lastLoggedIn: '2031-05-14T08:00:00',
      }));
      await change(`staff/${STAFF}`, { accounts, lastName: 'Other' });
      assert.deepEqual(await setting.reconcile('STAFF'), { DIFFERENT: 1 });
      assert.deepEqual(await setting.differences('STAFF'), { [STAFF]: ['lastName'] });
      await setting.call('POST', `/staff/${STAFF}/repair`);
      assert.deepEqual(await setting.differences('STAFF'), {});
      await change(`staff/${STAFF}`, { lastName: 'Another' });
      await send('staff', 'STAFF_MEMBERS-UPDATED', { ...EVENT, auditModuleName: 'DPS_SYNCHRONISATION' });
      assert.deepEqual(await setting.reconcile('STAFF'), {}, 'the new service has it already');
    });
  });
}
