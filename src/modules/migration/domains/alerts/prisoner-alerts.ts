// All alerts of one prisoner: after a merge, a moved booking or an arrival, and as a repair (appendix A).
import { readOne } from '../../engine/calls.ts';
import type { SyncTools } from '../../engine/domain.ts';
import { type AlertContent, alertKey, type NomisAlert } from './create-alert.ts';

export type TargetAlert = Partial<AlertContent> & {
  alertUuid: string;
  prisonNumber: string;
  alertCode: string | { code: string };
};

const readAlert = readOne<TargetAlert>('/alerts/{alertUuid}');
const readAll = readOne<{ latestBookingAlerts: { bookingId: number; alertSequence: number }[] }>(
  '/prisoners/{offenderNo}/alerts/to-migrate',
);

/** Sends every alert again; one that the target holds for another prisoner is made anew, since it cannot be moved. */
export async function resyncPrisoner(offenderNo: string, tools: SyncTools<NomisAlert>): Promise<void> {
  const found = await readAll(tools.source, offenderNo, tools.call);
  for (const alert of found?.latestBookingAlerts ?? []) {
    const key = alertKey(alert);
    const id = await tools.findMapping(key);
    const held = id === undefined ? undefined : await readAlert(tools.target, id, tools.call);
    if (id !== undefined && held?.prisonNumber !== offenderNo) await tools.remove(key);
    await tools.upsert(key, { evenEcho: true });
  }
  tools.emit('alert-synchronisation-resynchronised', {
    offenderNo,
    alerts: String(found?.latestBookingAlerts.length ?? 0),
  });
}
