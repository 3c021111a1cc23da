import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce } from '../domain-setting.ts';

export function alerts(setting: DomainSetting): void {
  const { audit, nomis, change, mapping, names, send, runTwice } = setting;

  describe('alerts', () => {
    const dpsId = async (booking: number, sequence: number) =>
      (await mapping(`/mapping/alerts/nomis-booking-id/${booking}/nomis-alert-sequence/${sequence}`))
        .dpsAlertId;
    const target = async (booking: number, sequence: number) =>
      (await setting.simulator<Body>(`/alerts/alerts/${await dpsId(booking, sequence)}`)).body;
    /** The second prisoner of the simulator has two alerts. */
    const BOOKING = 1_200_002;
    const EVENT = { bookingId: BOOKING, offenderIdDisplay: 'B0000AA', alertSeq: '1' };

    test('a run moves all once, and a comparison finds and mends what differs', async () => {
      assert.equal(await runTwice('/migrate/alerts'), 12);
      assert.ok(madeOnce(await audit('alerts')));
      assert.deepEqual(await setting.reconcile('ALERTS'), {});
      await change(`alerts/${BOOKING}001`, { comment: 'Changed while nobody listened' });
      await setting.simulator(`/alerts/alerts/${await dpsId(BOOKING, 2)}`, 'DELETE');
      assert.deepEqual(await setting.reconcile('ALERTS', 'all'), { DIFFERENT: 1, MISSING_AT_TARGET: 1 });
      assert.deepEqual(await setting.reconcile('ALERTS'), {});
      assert.equal((await target(BOOKING, 1)).description, 'Changed while nobody listened');
    });

    test('events make, change and delete an alert in the name of the person in NOMIS', async () => {
      await send('alerts', 'ALERT-INSERTED', EVENT);
      const source = await nomis(`/prisoners/booking-id/${BOOKING}/alerts/1`);
      const made = await target(BOOKING, 1);
      assert.deepEqual(
        [made.prisonNumber, made.alertCode, made.description],
        ['B0000AA', (source.alertCode as Body).code, source.comment],
      );
      const calls =
        await setting.simulator<{ method: string; headers: Record<string, string> }[]>('/alerts/calls');
      const create = calls.body.find(({ method }) => method === 'POST');
      assert.deepEqual([create?.headers.source, create?.headers.username], ['NOMIS', 'QX_STAFF2']);
      await change(`alerts/${BOOKING}001`, { expiryDate: '2031-01-01' });
      await send('alerts', 'ALERT-UPDATED', EVENT);
      assert.equal((await target(BOOKING, 1)).activeTo, '2031-01-01');
      await send('alerts', 'ALERT-DELETED', EVENT);
      await send('alerts', 'ALERT-DELETED', EVENT);
      assert.deepEqual(await names('alert-synchronisation'), [
        'alert-synchronisation-created-success',
        'alert-synchronisation-updated-success',
        'alert-synchronisation-deleted-success',
        'alert-synchronisation-deleted-ignored',
      ]);
    });

    test('an alert that the new services wrote last is skipped, but not in a repair', async () => {
      await change(`alerts/${BOOKING}001`, {
        audit: { createUsername: 'X', auditModuleName: 'DPS_SYNCHRONISATION' },
      });
      await send('alerts', 'ALERT-UPDATED', EVENT);
      assert.deepEqual(
        [await names('alert-synchronisation'), await audit('alerts')],
        [['alert-synchronisation-skipped'], []],
      );
      assert.equal((await setting.call('POST', '/prisoners/B0000AA/alerts/resynchronise')).status, 200);
      assert.deepEqual(
        (await audit('alerts')).map(({ created }) => created),
        [1, 1],
      );
    });

    test('alerts of a moved booking are made anew for the prisoner who has it now', async () => {
      await send('alerts', 'ALERT-INSERTED', EVENT);
      const before = await dpsId(BOOKING, 1);
      await change(`bookings/${BOOKING}`, { offenderNo: 'C0000AA' });
      const additionalInformation = {
        movedFromNomsNumber: 'B0000AA',
        movedToNomsNumber: 'C0000AA',
        bookingId: BOOKING,
      };
      await send('alerts', 'prison-offender-events.prisoner.booking.moved', { additionalInformation });
      assert.notEqual(await dpsId(BOOKING, 1), before);
      assert.equal((await target(BOOKING, 1)).prisonNumber, 'C0000AA');
      assert.equal((await setting.simulator(`/alerts/alerts/${before}`)).status, 404);
      const additional = { nomsNumber: 'C0000AA', reason: 'TRANSFERRED' };
      await send('alerts', 'prisoner-offender-search.prisoner.received', {
        additionalInformation: additional,
      });
      const resyncs = await setting.events('resynchronised');
      assert.deepEqual(
        resyncs.map(({ properties }) => properties.offenderNo),
        ['B0000AA', 'C0000AA'],
      );
    });

    test('after a merge the prisoner who is kept has the alerts, and the one who was removed has none', async () => {
      for (const alertSeq of ['1', '2']) await send('alerts', 'ALERT-INSERTED', { ...EVENT, alertSeq });
      await setting.simulator(`/nomis/control/alerts/${BOOKING}002`, 'DELETE');
      await change(`bookings/${BOOKING}`, { offenderNo: 'C0000AA' });
      const additionalInformation = {
        nomsNumber: 'C0000AA',
        removedNomsNumber: 'B0000AA',
        bookingId: BOOKING,
      };
      await send('alerts', 'prison-offender-events.prisoner.merged', { additionalInformation });
      assert.equal((await target(BOOKING, 1)).prisonNumber, 'C0000AA');
      const gone = `/mapping/alerts/nomis-booking-id/${BOOKING}/nomis-alert-sequence/2`;
      assert.equal((await setting.call('GET', gone)).status, 404);
      assert.deepEqual(await setting.keptFor('alerts', 'B0000AA'), []);
    });
  });
}
