import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Body, type DomainSetting, madeOnce } from '../domain-setting.ts';

export function caseNotes(setting: DomainSetting): void {
  const { audit, nomis, change, mapping, names, send, runTwice } = setting;

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

    test('a comparison names the fields that changed since a note was sent, and the repair sends it again', async () => {
      await runTwice('/migrate/casenotes');
      await change(`casenotes/${FIRST}`, { caseNoteText: 'Changed while nobody listened' });
      assert.deepEqual(await setting.reconcile('CASENOTES'), { DIFFERENT: 1 });
      assert.deepEqual(await setting.differences('CASENOTES'), { [FIRST]: ['text'] });
      await setting.reconcile('CASENOTES', 'all');
      assert.deepEqual(await setting.differences('CASENOTES'), {});
      assert.equal((await target('A0000AA', FIRST)).body.text, 'Changed while nobody listened');
      // What a new service wrote is not what was sent, and no difference either.
      await setting.simulator(`/nomis/casenotes/${FIRST}`, 'PUT', {
        text: 'By a new service',
        amendments: [],
      });
      await send('casenotes', 'OFFENDER_CASE_NOTES-UPDATED', EVENT);
      assert.deepEqual(await setting.reconcile('CASENOTES'), {});
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
      assert.deepEqual((await setting.reconcile('CASENOTES')).DIFFERENT, undefined);
    });

    test('the repair deletes a note that NOMIS has no more', async () => {
      await send('casenotes', 'OFFENDER_CASE_NOTES-INSERTED', EVENT);
      assert.equal((await setting.call('DELETE', `/casenotes/${FIRST}/repair`)).status, 200);
      assert.equal((await audit('casenotes'))[0]?.deleted, 1);
      assert.equal((await setting.call('GET', `/mapping/casenotes/nomis-casenote-id/${FIRST}`)).status, 404);
    });
  });
}
