import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce, startDomainSetting } from './domain-setting.ts';

// The domains that are little more than a descriptor: each in bulk, by events, by repair and compared with its target.

let setting: DomainSetting;
before(async () => {
  setting = await startDomainSetting();
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
    const letters = await setting.call<{ messagesFoundCount: number }>(
      'GET',
      '/queue-admin/get-dlq-messages/prisoner_from_nomis_locations_dl_queue',
    );
    assert.equal(letters.body.messagesFoundCount, 1);
  });
});

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
    await send('alerts', 'prisoner-offender-search.prisoner.received', { additionalInformation: additional });
    const resyncs = await setting.events('resynchronised');
    assert.deepEqual(
      resyncs.map(({ properties }) => properties.offenderNo),
      ['B0000AA', 'C0000AA'],
    );
  });
});

describe('case notes', () => {
  const dpsId = async (id: number) =>
    (await mapping(`/mapping/casenotes/nomis-casenote-id/${id}`)).dpsCaseNoteId;
  const target = async (who: string, id: number) =>
    setting.simulator<Body>(`/casenotes/case-notes/${who}/${await dpsId(id)}`);
  const FIRST = 47_000_001;
  const EVENT = { caseNoteId: FIRST, bookingId: 1_200_001, offenderIdDisplay: 'A0000AA' };

  test('a run moves all once, and a comparison names what was never moved', async () => {
    assert.equal(await runTwice('/migrate/casenotes'), 32);
    assert.ok(madeOnce(await audit('casenotes')));
    const note = { ...(await nomis(`/casenotes/${FIRST}`)), caseNoteId: 5 };
    await change('casenotes/5', note);
    assert.deepEqual(await setting.reconcile('CASENOTES', 'all'), { NOT_MAPPED: 1 });
    assert.deepEqual(await setting.reconcile('CASENOTES'), {});
    assert.equal((await target('A0000AA', 5)).status, 200);
  });

  test('events make, change and delete a note with its amendments', async () => {
    await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', EVENT);
    const source = await nomis(`/casenotes/${FIRST}`);
    const amendment = {
      text: 'More',
      authorUsername: 'Y',
      createdDateTime: '2031-01-01T10:00:00',
      sourceSystem: 'NOMIS',
    };
    await change(`casenotes/${FIRST}`, { amendments: [amendment] });
    await send('casenotes', 'OFFENDER_CASE_NOTES-UPDATED', EVENT);
    const { body } = await target('A0000AA', FIRST);
    assert.deepEqual(
      [body.text, body.legacyId, body.subType],
      [source.caseNoteText, FIRST, (source.caseNoteSubType as Body).code],
    );
    assert.deepEqual(body.amendments, [
      {
        text: 'More',
        author: { username: 'Y', userId: '', firstName: '', lastName: '' },
        createdDateTime: '2031-01-01T10:00:00',
        system: 'NOMIS',
      },
    ]);
    await send('casenotes', 'OFFENDER_CASE_NOTES-DELETED', EVENT);
    assert.deepEqual(await audit('casenotes'), [{ id: String(FIRST), created: 1, changed: 1, deleted: 1 }]);
    await setting.simulator(`/nomis/casenotes/${FIRST + 1}`, 'PUT', {
      text: 'By a new service',
      amendments: [],
    });
    await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', { ...EVENT, caseNoteId: FIRST + 1 });
    assert.equal((await names('casenotes-synchronisation')).at(-1), 'casenotes-synchronisation-skipped');
  });

  test('a merge moves notes to the prisoner who is kept, and copies stand for the note they were made of', async () => {
    await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', EVENT);
    await change('bookings/1200001', { offenderNo: 'B0000AA' });
    const copy = { ...(await nomis(`/casenotes/${FIRST}`)), caseNoteId: 9, auditModuleName: 'MERGE' };
    await change('casenotes/9', copy);
    await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', { ...EVENT, caseNoteId: 9 });
    const additionalInformation = {
      nomsNumber: 'B0000AA',
      removedNomsNumber: 'A0000AA',
      bookingId: 1_200_001,
    };
    await send('casenotes', 'prison-offender-events.prisoner.merged', { additionalInformation });
    assert.equal((await target('B0000AA', FIRST)).status, 200);
    assert.equal(await dpsId(9), await dpsId(FIRST));
    assert.deepEqual(
      (await audit('casenotes')).map(({ created }) => created),
      [1],
    );
    assert.deepEqual((await setting.events('casenotes-synchronisation-moved'))[0]?.properties, {
      offenderNo: 'B0000AA',
      movedFromOffenderNo: 'A0000AA',
      caseNotes: '1',
    });
  });

  test('the repair deletes a note that NOMIS has no more', async () => {
    await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', EVENT);
    assert.equal((await setting.call('DELETE', `/casenotes/${FIRST}/repair`)).status, 200);
    assert.equal((await audit('casenotes'))[0]?.deleted, 1);
    assert.equal((await setting.call('GET', `/mapping/casenotes/nomis-casenote-id/${FIRST}`)).status, 404);
  });
});
