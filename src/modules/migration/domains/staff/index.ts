// Staff: appendix A. The target knows a user by the id that they have in NOMIS, so nobody can be made twice there.
import { readOne, removeOne, setAt } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { eachRow, repairOne } from '../../engine/events.ts';
import { isFromNewServicesOrUnsigned, keyIn, textIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { type NomisStaff, type StaffToSend, toStaff } from './staff-user.ts';

const readByUsername = readOne<NomisStaff>('/staff/username/{username}');
const keyOf = keyIn('staffId');
const nameIn = (message: SyncMessage) => textIn(message, 'username');

/** Whatever changed, the whole of the person is sent. Events of caseloads may name them by their account alone. */
const changed: SyncEvent<NomisStaff> = {
  keyOf: (message) => (message.staffId === undefined ? `account ${nameIn(message)}` : keyOf(message)),
  isEcho: isFromNewServicesOrUnsigned,
  action: async ({ message, source, call, upsert }) => {
    if (message.staffId !== undefined) return void (await upsert(keyOf(message)));
    const person = await readByUsername(source, nameIn(message), call);
    if (person) await upsert(String(person.id));
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
  ...setAt(
    ({ staffId, migration, user }: StaffToSend, isBulk) =>
      isBulk
        ? // 409: a former request of ours arrived.
          { method: 'POST', template: '/migrate/user', body: migration, accept: [409] }
        : { method: 'PUT', template: '/sync/user/{legacyStaffId}', key: String(staffId), body: user },
    ({ staffId }) => String(staffId),
  ),
  // Nobody tells when somebody signs in.
  compare: {
    ofSource: ({ accounts, ...person }) =>
      toStaff({ ...person, accounts: accounts.map(({ lastLoggedIn: _, ...account }) => account) }).user,
  },
  remove: removeOne('/prison-users/staff/{staffId}'),
  tells: { noun: 'staff', ids: ['nomisStaffId', 'dpsUserId'] },
  events: {
    ...eachRow(
      {
        STAFF_MEMBERS: 'IU',
        STAFF_USER_ACCOUNTS: 'IUD',
        INTERNET_ADDRESSES_STAFF: 'IUD',
        USER_ACCESSIBLE_CASELOADS: 'ID',
        USER_CASELOAD_ROLES: 'ID',
      },
      changed,
    ),
    'STAFF_MEMBERS-DELETED': { keyOf, action: 'delete' },
  },
  repairs: [repairOne('/staff/:staffId/repair', 'Send a member of staff again, and all that is theirs')],
});
