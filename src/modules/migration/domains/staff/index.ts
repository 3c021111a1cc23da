// Staff: appendix A. The target knows a user by the id that they have in NOMIS, so nobody can be made twice there.
import { readOne, removeOne, send } from '../../engine/calls.ts';
import { bulkOf, eventQueueOf, integers, mappingOf } from '../../engine/declare.ts';
import type { Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isAuditOfNewServices, numberIn, textIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { type NomisStaff, type StaffToSend, toStaff } from './staff-user.ts';

const idsOf = (key: string, targetId: string) => ({ nomisStaffId: key, dpsUserId: targetId });
const readByUsername = readOne<NomisStaff>('/staff/username/{username}');

export const staff: Domain<NomisStaff> = {
  type: 'STAFF',
  name: 'staff',
  title: 'Staff',
  telemetryName: 'staff',
  source: 'nomis',
  target: 'staff',
  mapping: mappingOf('Staff', {
    path: '/mapping/staff',
    firstCheck: 'nomis',
    nomisFields: integers('nomisId'),
    dpsField: 'dpsId',
    nomisPath: '/mapping/staff/nomis-id/{nomisId}',
    dpsPath: '/mapping/staff/dps-id/{dpsId}',
    pageShape: 'B',
  }),
  read: readOne('/staff/id/{staffId}'),
  transform: toStaff,
  create: async (target, sent, call) => {
    const { staffId, migration, user } = sent as StaffToSend;
    const targetId = String(staffId);
    if (call.isBulk) {
      // 409: a former request of ours arrived.
      const accept = [409];
      await send(target, { method: 'POST', template: '/migrate/user', body: migration, accept }, call);
    } else await put(target, targetId, user, call);
    return { status: 'accepted', targetId };
  },
  honoursIdempotencyKey: true,
  update: (target, id, sent, call) => put(target, id, (sent as StaffToSend).user, call),
  remove: removeOne('/prison-users/staff/{staffId}'),
  bulk: bulkOf('staff', {
    ids: { path: '/staff/ids', fields: ['staffId'], afterPath: '/staff/ids/all-from-id' },
    telemetry: bulkTelemetry('staff', idsOf),
  }),
  sync: {
    ...eventQueueOf('staff'),
    events: {
      'STAFF_MEMBERS-INSERTED': changed(),
      'STAFF_MEMBERS-UPDATED': changed(),
      'STAFF_MEMBERS-DELETED': { keyOf, action: 'delete' },
      'STAFF_USER_ACCOUNTS-INSERTED': changed(),
      'STAFF_USER_ACCOUNTS-UPDATED': changed(),
      'STAFF_USER_ACCOUNTS-DELETED': changed(),
      'INTERNET_ADDRESSES_STAFF-INSERTED': changed(),
      'INTERNET_ADDRESSES_STAFF-UPDATED': changed(),
      'INTERNET_ADDRESSES_STAFF-DELETED': changed(),
      'USER_ACCESSIBLE_CASELOADS-INSERTED': changed(),
      'USER_ACCESSIBLE_CASELOADS-DELETED': changed(),
      'USER_CASELOAD_ROLES-INSERTED': changed(),
      'USER_CASELOAD_ROLES-DELETED': changed(),
    },
    telemetry: rowTelemetry('staff', ({ key, targetId }) => ({ nomisStaffId: key, dpsUserId: targetId })),
  },
  repairs: [
    {
      method: 'POST',
      path: '/staff/:staffId/repair',
      summary: 'Send a member of staff again, with everything that belongs to them',
      run: async ({ staffId = '' }, tools) => {
        await tools.upsert(staffId);
      },
    },
  ],
};

function keyOf(message: SyncMessage): string {
  return String(numberIn(message, 'staffId'));
}

/** Whatever changed, the whole of the person is sent. Events of caseloads may name them by their account alone. */
function changed(): SyncEvent<NomisStaff> {
  return {
    keyOf: (message) =>
      message.staffId === undefined ? `account ${textIn(message, 'username')}` : keyOf(message),
    isEcho: ({ auditModuleName }) => !auditModuleName || isAuditOfNewServices(auditModuleName),
    action: async (tools) => {
      const { message, source, call } = tools;
      if (message.staffId !== undefined) return void (await tools.upsert(keyOf(message)));
      const person = await readByUsername(source, textIn(message, 'username'), call);
      if (person) await tools.upsert(String(person.id));
    },
  };
}

function put(
  target: Parameters<typeof send>[0],
  key: string,
  body: object,
  call: Parameters<typeof send>[2],
) {
  return send<void>(target, { method: 'PUT', template: '/sync/user/{legacyStaffId}', key, body }, call);
}
