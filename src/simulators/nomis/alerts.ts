import { dateText, localDateTime } from '../hmpps/calendar.ts';
import { hash } from '../hmpps/random.ts';
import { bookingId, prisonerOfBooking } from './prisoners.ts';
import { createRecordSet, type RecordSet } from './record-set.ts';

export interface NomisAlert {
  readonly bookingId: number;
  readonly bookingSequence: number;
  readonly alertSequence: number;
  readonly isActive: boolean;
  readonly audit: { readonly createDatetime: string; readonly auditModuleName?: string };
}

const ALERTS_PER_PRISONER = [0, 2, 1, 3];
/** An alert is known by booking and sequence; the record set wants one number. */
const MOST_OF_BOOKING = 1000;

const TYPES = [
  { code: 'XEL', description: 'Escape List', type: { code: 'X', description: 'Security' } },
  { code: 'XVL', description: 'Violent', type: { code: 'X', description: 'Security' } },
  {
    code: 'PEEP',
    description: 'Personal Emergency Evacuation Plan',
    type: { code: 'M', description: 'Medical' },
  },
  { code: 'HA', description: 'ACCT open', type: { code: 'H', description: 'Self Harm' } },
  { code: 'RCON', description: 'Conflict with other prisoners', type: { code: 'R', description: 'Risk' } },
] as const;

export function alertId(booking: number, sequence: number): number {
  return booking * MOST_OF_BOOKING + sequence;
}

export function createAlerts(prisoners: number): RecordSet<NomisAlert> {
  return createRecordSet<NomisAlert>({
    perParent: ALERTS_PER_PRISONER,
    parents: prisoners,
    idOf: ({ parent, nth }) => alertId(bookingId(parent), nth + 1),
    placeOf: (id) => ({
      parent: prisonerOfBooking(Math.floor(id / MOST_OF_BOOKING)),
      nth: (id % MOST_OF_BOOKING) - 1,
    }),
    parentOf: (alert) => prisonerOfBooking(alert.bookingId),
    make: ({ parent, nth, index }) => alertOf(parent, nth, hash(52, index)),
  });
}

function alertOf(prisoner: number, nth: number, chance: number): NomisAlert {
  const { type, ...alertCode } = TYPES[(chance + nth) % TYPES.length] ?? TYPES[0];
  const day = 18_500 + (chance % 1200);
  const isExpired = chance % 4 === 0;
  const alert = {
    bookingId: bookingId(prisoner),
    bookingSequence: 1,
    alertSequence: nth + 1,
    alertCode,
    type,
    date: dateText(day),
    ...(isExpired ? { expiryDate: dateText(day + 90) } : {}),
    isActive: !isExpired,
    isVerified: chance % 2 === 0,
    ...(chance % 3 === 0 ? { authorisedBy: 'Safer custody' } : {}),
    comment: `Reviewed on ${dateText(day)}`,
    audit: {
      createDatetime: localDateTime(day * 86_400 + 9 * 3600),
      createUsername: 'QX_STAFF2',
      createDisplayName: 'Quinn Example',
      auditModuleName: 'OCDALERT',
    },
  };
  return alert;
}
