// Notes that belong to another prisoner after a merge or a moved booking (appendix A).
import { readOne, send } from '../../engine/calls.ts';
import type { SyncTools } from '../../engine/domain.ts';
import type { MovedRecords } from '../../engine/events.ts';
import type { NomisCaseNote } from './sync-case-note.ts';

/** What NOMIS copied in a merge; the original stands for it. */
const MERGE_COPY = 'MERGE';

const readAll = readOne<{ caseNotes: NomisCaseNote[] }>('/prisoners/{offenderNo}/casenotes');

/** A repeat finds them moved, and the target moves only those that are still with the former owner. */
export async function moveNotes(
  tools: SyncTools<NomisCaseNote>,
  { from, to, bookingId }: MovedRecords,
): Promise<void> {
  const found = await readAll(tools.source, to, tools.call);
  const notes = (found?.caseNotes ?? []).filter(
    (note) => bookingId === undefined || note.bookingId === bookingId,
  );
  const originals = notes.filter((note) => !isMergeCopy(note));
  const ids = await mappedIds(tools, originals);
  for (const copy of notes.filter(isMergeCopy)) await mapCopy(tools, copy, originals);
  if (ids.length > 0) {
    await tools.moveMappings({
      from,
      to,
      ...(bookingId === undefined ? {} : { bookingId: String(bookingId) }),
    });
    const body = { fromPersonIdentifier: from, toPersonIdentifier: to, caseNoteIds: ids };
    await send(tools.target, { method: 'PUT', template: '/move/case-notes', body }, tools.call);
  }
  tools.emit('casenotes-synchronisation-moved', {
    offenderNo: to,
    movedFromOffenderNo: from,
    caseNotes: String(ids.length),
  });
}

async function mappedIds(tools: SyncTools<NomisCaseNote>, notes: NomisCaseNote[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { caseNoteId } of notes) {
    const id = await tools.findMapping(String(caseNoteId));
    if (id !== undefined) ids.push(id);
    // A note that is being created meanwhile may carry the former owner: it has to be there before it can move.
    else if (await tools.isBeingCreated(String(caseNoteId))) throw tools.later();
  }
  return ids;
}

/** The copy that NOMIS made stands for the same note of the new service as the one it was made of. */
async function mapCopy(
  tools: SyncTools<NomisCaseNote>,
  copy: NomisCaseNote,
  originals: NomisCaseNote[],
): Promise<void> {
  const key = String(copy.caseNoteId);
  if ((await tools.findMapping(key)) !== undefined) return;
  const original = originals.find((note) => contentOf(note) === contentOf(copy));
  const id = original && (await tools.findMapping(String(original.caseNoteId)));
  if (id !== undefined) await tools.addMapping(key, id, copy);
}

function contentOf(note: NomisCaseNote): string {
  const { caseNoteType, caseNoteSubType, occurrenceDateTime, authorStaffId, caseNoteText } = note;
  return JSON.stringify([
    caseNoteType.code,
    caseNoteSubType.code,
    occurrenceDateTime,
    authorStaffId,
    caseNoteText,
  ]);
}

export function isMergeCopy(note: NomisCaseNote): boolean {
  return note.auditModuleName === MERGE_COPY;
}
