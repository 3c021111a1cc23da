// Records that the target gives to another prisoner by a list of ids: spec appendix A.3, moved. Mappings are re-pointed,
// and copies that the source made in a merge get the record that their original has.
import { send } from './calls.ts';
import type { SyncEvent, SyncTools } from './domain.ts';
import { type MovedRecords, prisonerEvents } from './events.ts';

export interface MovableRecords<R> {
  /** All that the source has of a prisoner. */
  readAll(tools: SyncTools<R>, offenderNo: string): Promise<R[]>;
  keyOf(record: R): string;
  /** Made by the source in a merge; the original stands for it. */
  isCopy(record: R): boolean;
  /** The same for a copy and its original. */
  contentOf(record: R): string;
  /** Where the target takes the list, and what it looks like. */
  move: { template: string; bodyOf(moved: { from: string; to: string; ids: string[] }): unknown };
  /** Event of a move, and its property with the number of records. */
  tells: { name: string; count: string };
}

/** A repeat finds them moved, and the target moves only those that are still with the former owner. */
export function moveEvents<R extends { bookingId: number }>(
  records: MovableRecords<R>,
): Record<string, SyncEvent<R>> {
  const move = (tools: SyncTools<R>, moved: MovedRecords) => moveRecords(records, tools, moved);
  return prisonerEvents<R>({ merged: move, moved: move });
}

async function moveRecords<R extends { bookingId: number }>(
  records: MovableRecords<R>,
  tools: SyncTools<R>,
  { from, to, bookingId }: MovedRecords,
): Promise<void> {
  const all = await records.readAll(tools, to);
  const here = all.filter((record) => bookingId === undefined || record.bookingId === bookingId);
  const originals = here.filter((record) => !records.isCopy(record));
  const keys = originals.map(records.keyOf);
  const ids = await mappedIds(tools, keys);
  for (const copy of here.filter(records.isCopy)) await mapCopy(records, tools, copy, originals);
  if (ids.length > 0) {
    const which = bookingId === undefined ? {} : { bookingId: String(bookingId) };
    await tools.moveMappings({ from, to, ...which });
    const { template, bodyOf } = records.move;
    await send(tools.target, { method: 'PUT', template, body: bodyOf({ from, to, ids }) }, tools.call);
    await tools.forgetSent(keys);
  }
  const count = { [records.tells.count]: String(ids.length) };
  tools.emit(records.tells.name, { offenderNo: to, movedFromOffenderNo: from, ...count });
}

async function mappedIds<R>(tools: SyncTools<R>, keys: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const key of keys) {
    const id = await tools.findMapping(key);
    if (id !== undefined) ids.push(id);
    // One that is being created meanwhile may carry the former owner: it has to be there before it can move.
    else if (await tools.isBeingCreated(key)) throw tools.later();
  }
  return ids;
}

/** The copy that the source made stands for the same record of the new service as the one it was made of. */
async function mapCopy<R>(
  { keyOf, contentOf }: MovableRecords<R>,
  tools: SyncTools<R>,
  copy: R,
  originals: R[],
): Promise<void> {
  if ((await tools.findMapping(keyOf(copy))) !== undefined) return;
  const original = originals.find((record) => contentOf(record) === contentOf(copy));
  const id = original && (await tools.findMapping(keyOf(original)));
  if (id !== undefined) await tools.addMapping(keyOf(copy), id, copy);
}
