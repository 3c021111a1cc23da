// All records of one prisoner at once: the flows of spec appendix A.3 for merges, moved bookings and arrivals.
import type { RepairDeclaration, SyncEvent, SyncTools } from './domain.ts';
import { type MovedRecords, prisonerEvents } from './events.ts';

export interface PrisonerRecords<R> {
  /** Keys of all that the source has of a prisoner. */
  keysAtSource(tools: SyncTools<R>, offenderNo: string): Promise<string[]>;
  /** Whose the target holds a record for; undefined when it is not there. */
  ownerAtTarget(tools: SyncTools<R>, targetId: string): Promise<string | undefined>;
  /** Event of a prisoner whose records were sent again, and its property with their number. */
  tells: { name: string; count: string };
}

/** Sends every record again; one that the target holds for another prisoner is made anew, since it cannot be moved. */
async function resyncPrisoner<R>(
  records: PrisonerRecords<R>,
  tools: SyncTools<R>,
  offenderNo: string,
): Promise<void> {
  const keys = await records.keysAtSource(tools, offenderNo);
  for (const key of keys) await resyncOne(records, tools, { key, offenderNo });
  tools.emit(records.tells.name, { offenderNo, [records.tells.count]: String(keys.length) });
}

async function resyncOne<R>(
  records: PrisonerRecords<R>,
  tools: SyncTools<R>,
  { key, offenderNo }: { key: string; offenderNo: string },
): Promise<void> {
  const id = await tools.findMapping(key);
  const owner = id === undefined ? offenderNo : await records.ownerAtTarget(tools, id);
  if (owner !== offenderNo) await tools.remove(key);
  await tools.upsert(key, { evenEcho: true });
}

/** What is still held for a prisoner who became another goes to that one, or away where the source has it no more. */
async function emptyPrisoner<R>(
  records: PrisonerRecords<R>,
  tools: SyncTools<R>,
  { from, to }: MovedRecords,
): Promise<void> {
  for (const key of await tools.keysOf(from)) {
    if ((await tools.read(key)) === undefined) await tools.remove(key);
    else await resyncOne(records, tools, { key, offenderNo: to });
  }
}

/** The kept prisoner is sent again and the removed one emptied; both sides of a moved booking; whoever is back. */
export function resyncEvents<R>(records: PrisonerRecords<R>): Record<string, SyncEvent<R>> {
  return prisonerEvents<R>({
    merged: async (tools, prisoners) => {
      await resyncPrisoner(records, tools, prisoners.to);
      await emptyPrisoner(records, tools, prisoners);
    },
    moved: async (tools, { from, to }) => {
      await resyncPrisoner(records, tools, from);
      await resyncPrisoner(records, tools, to);
    },
    received: (tools, offenderNo) => resyncPrisoner(records, tools, offenderNo),
  });
}

/** The path names the prisoner last. */
export function resyncRepair<R>(
  path: string,
  summary: string,
  records: PrisonerRecords<R>,
): RepairDeclaration<R> {
  return {
    method: 'POST',
    path,
    summary,
    run: (params, tools) => resyncPrisoner(records, tools, Object.values(params).at(-1) ?? ''),
  };
}
