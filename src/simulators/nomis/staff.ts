import { localDateTime } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { PRISONS } from './prisons-data.ts';
import { createRecordSet, placeOfIndex, type RecordSet } from './record-set.ts';

/** Somebody who works in a prison, with their accounts. */
export interface NomisStaff {
  readonly id: number;
  readonly accounts: readonly { readonly username: string }[];
}

const FIRST_STAFF_ID = 485_001;
/** Ids are given out to more than staff, so there are gaps. */
const STEP = 3;
const PER_PRISONER = [3];

export function createStaff(prisoners: number): RecordSet<NomisStaff> {
  return createRecordSet<NomisStaff>({
    perParent: PER_PRISONER,
    parents: prisoners,
    idOf: ({ index }) => FIRST_STAFF_ID + index * STEP,
    placeOf: (id) => {
      const index = (id - FIRST_STAFF_ID) / STEP;
      return Number.isInteger(index) ? placeOfIndex(PER_PRISONER, index) : undefined;
    },
    parentOf: () => undefined,
    make: ({ index }) => staffOf(FIRST_STAFF_ID + index * STEP, hash(57, index)),
  });
}

/** The ids after one, in order. */
export function staffIdsAfter(staff: RecordSet<NomisStaff>, after: number, count: number): number[] {
  const ids = staff.ids(0, staff.count).filter((id) => id > after);
  return ids.sort((a, b) => a - b).slice(0, count);
}

export function staffByUsername(staff: RecordSet<NomisStaff>, username: string): NomisStaff | undefined {
  const id = /^SX(\d+)_GEN$/.exec(username)?.[1];
  const found = id === undefined ? undefined : staff.get(Number(id));
  return found?.accounts.some((account) => account.username === username) ? found : undefined;
}

function staffOf(id: number, chance: number): NomisStaff {
  const audit = {
    createDatetime: localDateTime((17_000 + (chance % 2000)) * 86_400 + 9 * 3600),
    createUsername: 'QX_ADMIN1',
  };
  const caseload = PRISONS[chance % PRISONS.length] ?? 'WLI';
  const staff = {
    id,
    firstName: 'Sam',
    lastName: `Example${id}`,
    status: chance % 11 === 0 ? 'INACT' : 'ACTIVE',
    emailAddresses: [{ emailAddressId: id * 10, email: `staff${id}@example.org`, audit }],
    accounts: [
      {
        username: `SX${id}_GEN`,
        typeCode: 'GENERAL',
        status: chance % 7 === 0 ? 'LOCKED' : 'OPEN',
        sourceCode: 'USER',
        activeCaseloadId: caseload,
        caseloads: [
          { caseloadId: caseload, roles: [{ code: `${chance % 90}`, name: 'Officer', audit }], audit },
        ],
        audit,
      },
    ],
    audit,
  };
  return staff;
}
