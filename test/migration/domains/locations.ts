import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce } from '../domain-setting.ts';

export function locations(setting: DomainSetting): void {
  const { audit, change, mapping, names, send, runTwice } = setting;

  describe('locations', () => {
    const UPDATED = 'AGENCY_INTERNAL_LOCATIONS-UPDATED';
    const dpsId = async (id: number) => (await mapping(`/mapping/locations/nomis/${id}`)).dpsLocationId;
    const target = async (id: number) =>
      (await setting.simulator<Body>(`/locations/locations/${await dpsId(id)}`)).body;

    test('a run moves the whole tree once, each below its parent, whatever comes first', async () => {
      // The first cells lose their landings for a while: they wait for them and are not failures.
      const fault = { match: { path: '/locations/25005' }, kind: 'status', status: 503, count: 2 };
      await setting.simulator('/nomis/faults', 'PUT', [fault]);
      assert.equal(await runTwice('/migrate/locations'), 36);
      const rows = await audit('locations');
      assert.deepEqual([rows.length, madeOnce(rows)], [36, true]);
      const cell = await target(25_025);
      assert.equal(cell.key, 'BLI-A-1-001');
      assert.equal(cell.parentId, await dpsId(25_005));
    });

    test('an event makes, changes or deletes a location, and waits for the parent', async () => {
      const message = { prisonId: 'BLI', auditModuleName: 'OIMILOCA' };
      await setting.sendEvent('prisoner_from_nomis_locations_queue', UPDATED, {
        ...message,
        internalLocationId: 25_005,
      });
      await send('locations', UPDATED, { ...message, internalLocationId: 25_001 });
      await setting.drain();
      assert.deepEqual(
        (await audit('locations')).map(({ id, created }) => [id, created]),
        [
          ['BLI-A', 1],
          ['BLI-A-1', 1],
        ],
      );
      await change('locations/25001', { userDescription: 'New name', locationType: 'WING' });
      await send('locations', 'INT_LOC_USAGE_LOCATIONS-UPDATED', { internalLocationId: '25001' });
      assert.equal((await target(25_001)).localName, 'New name');
      await send('locations', UPDATED, { ...message, internalLocationId: 25_005, recordDeleted: true });
      assert.equal((await setting.call('GET', '/mapping/locations/nomis/25005')).status, 404);
      assert.deepEqual(await names('locations-synchronisation'), [
        'locations-synchronisation-created-success',
        'locations-synchronisation-created-success',
        'locations-synchronisation-updated-success',
        'locations-synchronisation-deleted-success',
      ]);
    });

    test('what the new services wrote is skipped, but for the visit rooms that they make in NOMIS', async () => {
      const message = {
        internalLocationId: 25_024,
        auditModuleName: 'DPS_SYNCHRONISATION',
        description: 'BLI-GYM',
      };
      await send('locations', UPDATED, message);
      await send('locations', UPDATED, {
        ...message,
        description: 'BLI-VISITS-VSIP_SOC',
        oldDescription: 'BLI-X',
      });
      assert.deepEqual(await audit('locations'), []);
      await send('locations', UPDATED, { ...message, description: 'BLI-VISITS-VSIP_SOC' });
      assert.equal((await audit('locations')).length, 1);
    });

    test('a create whose answer is lost is found by its key and not repeated', async () => {
      const fault = { match: { path: '/sync/upsert' }, kind: 'timeout_after_commit', delayMs: 5, count: 1 };
      await setting.simulator('/locations/faults', 'PUT', [fault]);
      await send('locations', UPDATED, { internalLocationId: 25_001 });
      assert.deepEqual(await audit('locations'), [{ id: 'BLI-A', created: 1, changed: 0, deleted: 0 }]);
      assert.equal((await target(25_001)).key, 'BLI-A');
    });

    test('a repair sends a location again, and unknown codes are refused at once', async () => {
      assert.equal((await setting.call('POST', '/locations/id/25001/repair')).status, 200);
      assert.equal((await target(25_001)).localName, 'Wing A');
      await change('locations/25002', { locationType: 'ZZZ' });
      await send('locations', UPDATED, { internalLocationId: 25_002 });
      // What every object has is no code.
      await change('locations/25003', { locationType: 'constructor' });
      await send('locations', UPDATED, { internalLocationId: 25_003 });
      const letters = await setting.call<{ messagesFoundCount: number }>(
        'GET',
        '/queue-admin/get-dlq-messages/prisoner_from_nomis_locations_dl_queue',
      );
      assert.equal(letters.body.messagesFoundCount, 2);
    });
  });
}
