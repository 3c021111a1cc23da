// Staff: appendix A. The target knows a user by the id that they have in NOMIS, so nobody can be made twice there.
import { readOne, removeOne, type Sending, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { each, repairOne, rowTypes } from '../../engine/events.ts';
import { isAuditOfNewServices, numberIn, textIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { type NomisStaff, type StaffToSend, toStaff } from './staff-user.ts';

const PUT = { method: 'PUT', template: '/sync/user/{legacyStaffId}' } as const;
const readByUsername = readOne<NomisStaff>('/staff/username/{username}');
const keyOf = (message: SyncMessage) => String(numberIn(message, 'staffId'));

/** Whatever changed, the whole of the person is sent. Events of caseloads may name them by their account alone. */
const changed: SyncEvent<NomisStaff> = {
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

export const staff = recordDomain<NomisStaff>({
  type: 'STAFF',
  name: 'staff',
  title: 'Staff',
  target: 'staff',
  mapping: mappingOf('Staff', {
    path: '/mapping/staff',
    firstCheck: 'nomis',
    nomisFields: integers('nomisId'),
    dpsField: 'dpsId',
    pageShape: 'B',
  }),
  ids: { path: '/staff/ids', fields: ['staffId'], afterPath: '/staff/ids/all-from-id' },
  read: readOne('/staff/id/{staffId}'),
  transform: toStaff,
  create: async (target, sent, call) => {
    const { staffId, migration, user } = sent as StaffToSend;
    const key = String(staffId);
    // 409: a former request of ours arrived.
    const bulk: Sending = { method: 'POST', template: '/migrate/user', body: migration, accept: [409] };
    await send(target, call.isBulk ? bulk : { ...PUT, key, body: user }, call);
    return { status: 'accepted', targetId: key };
  },
  honoursIdempotencyKey: true,
  update: (target, key, sent, call) => send(target, { ...PUT, key, body: (sent as StaffToSend).user }, call),
  remove: removeOne('/prison-users/staff/{staffId}'),
  tells: { noun: 'staff', ids: ['nomisStaffId', 'dpsUserId'] },
  events: {
    ...each(
      [
        ...rowTypes('STAFF_MEMBERS', 'IU'),
        ...rowTypes('STAFF_USER_ACCOUNTS', 'IUD'),
        ...rowTypes('INTERNET_ADDRESSES_STAFF', 'IUD'),
        ...rowTypes('USER_ACCESSIBLE_CASELOADS', 'ID'),
        ...rowTypes('USER_CASELOAD_ROLES', 'ID'),
      ],
      changed,
    ),
    'STAFF_MEMBERS-DELETED': { keyOf, action: 'delete' },
  },
  repairs: [
    repairOne('/staff/:staffId/repair', 'Send a member of staff again, with everything that belongs to them'),
  ],
});
