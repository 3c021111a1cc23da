import { dateText, localDateTime } from '../../hmpps/calendar.ts';
import { hash } from '../../hmpps/random.ts';
import { offenderNo } from '../prisoners.ts';
import { FIRST_NAMES, LAST_NAMES } from '../prisons-data.ts';
import type { Slot, VisitPlan } from './visit-plan.ts';

export const FIRST_VISIT_ID = 700_001;
const FIRST_PERSON_ID = 4_000_001;

const SESSIONS = [
  ['T09:00:00', 'T10:00:00'],
  ['T10:15:00', 'T11:15:00'],
  ['T13:45:00', 'T14:45:00'],
  ['T15:00:00', 'T16:00:00'],
] as const;

/** Status and outcome of a visit in the past, each as often as it stands here. */
const PAST_STATES = [
  ...times(40, state('NORM', 'Normal Completion')),
  ...times(12, state('COMP', 'Completed')),
  ...times(8, state('EXP', 'Expired')),
  ...times(2, state('HMPOP', 'Terminated By Staff')),
  ...times(2, state('OFFEND', 'Offender Completed Early')),
  ...times(2, state('VDE', 'Visitor Declined Entry')),
  ...times(2, state('VISITOR', 'Visitor Completed Early')),
  ...times(4, state('CANC', 'Cancelled', 'ADMIN', 'Administrative Cancellation')),
  ...times(2, state('CANC', 'Cancelled', 'ADMIN_CANCEL', 'Administrative Cancellation')),
  ...times(3, state('CANC', 'Cancelled', 'HMP', 'Operational Reasons-All Visits Cancelled')),
  ...times(2, state('CANC', 'Cancelled', 'NO_ID', 'No Identification - Refused Entry')),
  ...times(2, state('CANC', 'Cancelled', 'NO_VO', 'No Visiting Order')),
  ...times(3, state('CANC', 'Cancelled', 'NSHOW', 'Visitor Did Not Arrive')),
  ...times(4, state('CANC', 'Cancelled', 'OFFCANC', 'Offender Cancelled')),
  ...times(2, state('CANC', 'Cancelled', 'REFUSED', 'Offender Refused Visit')),
  ...times(6, state('CANC', 'Cancelled', 'VISCANC', 'Visitor Cancelled')),
  ...times(2, state('CANC', 'Cancelled', 'VO_CANCEL', 'VO Cancelled')),
  ...times(2, state('CANC', 'Cancelled', 'BATCH_CANC', 'Batch Cancellation')),
];
const BOOKED = state('SCH', 'Scheduled');
const UNKNOWN_OUTCOME = state('CANC', 'Cancelled', 'ZZ_NEW', 'Not in any table');

/** The visit as NOMIS prints it: JSON text put together from pieces, since hundreds of thousands are read in one run. */
export function visitJson(plan: VisitPlan, index: number, prisoners: number): string {
  const slot = plan.slotOf(index);
  const chance = hash(31, index);
  const created = plan.createdSeconds(index);
  const day = visitDay(plan, slot, created, chance);
  const [start, end] = SESSIONS[chance & 3] ?? SESSIONS[0];
  const prisoner = visitPrisoner(index, prisoners);
  const date = dateText(day);
  return `{"visitId":${FIRST_VISIT_ID + index},"offenderNo":"${offenderNo(prisoner)}","startDateTime":"${date}${start}","endDateTime":"${date}${end}","prisonId":"${slot.prison}",${people(slot, prisoner, chance)},"visitType":${slot.official ? OFFICIAL : SOCIAL},${stateOf(slot, chance)}${roomOf(slot)}${notes(chance)},"whenCreated":"${localDateTime(created)}","createUserId":"QX_STAFF${chance % 40}"${update(slot, index, created, chance)}}`;
}

/** The prisoner, by index, whom a visit is for. */
export function visitPrisoner(index: number, prisoners: number): number {
  return hash(32, index) % prisoners;
}

const OFFICIAL = '{"code":"OFFI","description":"Official Visit"}';
const SOCIAL = '{"code":"SCON","description":"Social Contact"}';

/** Ahead of any day of the anchor's month by at least one day, and never more than the scheduler's half year. */
function visitDay(plan: VisitPlan, slot: Slot, created: number, chance: number): number {
  const { anchorDay } = plan;
  if (slot.time === 'past')
    return Math.min(Math.floor(created / 86_400) + 1 + ((chance >>> 8) % 27), anchorDay - 1);
  if (slot.time === 'future') return anchorDay + 32 + ((chance >>> 8) % 100);
  if (slot.time === 'farFuture') return anchorDay + 220 + ((chance >>> 8) % 140);
  return anchorDay + 400 + ((chance >>> 8) % 2000);
}

function stateOf(slot: Slot, chance: number): string {
  if (slot.unknownCode) return UNKNOWN_OUTCOME;
  return slot.time === 'past' ? (PAST_STATES[(chance >>> 4) % PAST_STATES.length] ?? BOOKED) : BOOKED;
}

function people(slot: Slot, prisoner: number, chance: number): string {
  const first = FIRST_PERSON_ID + prisoner * 4;
  const others = (chance >>> 12) % 3;
  let visitors = `{"personId":${first},"leadVisitor":${slot.leadVisitor}}`;
  for (let other = 1; other <= others; other += 1)
    visitors += `,{"personId":${first + other},"leadVisitor":false}`;
  if (!slot.leadVisitor) return `"visitors":[${visitors}]`;
  const name = `${FIRST_NAMES[prisoner & 15]} ${LAST_NAMES[(prisoner >>> 4) & 15]}`;
  return `"visitors":[${visitors}],"leadVisitor":{"personId":${first},"fullName":"${name}","telephones":[${telephones(prisoner)}]}`;
}

/** From the numbers that are kept free for fiction. */
function telephones(prisoner: number): string {
  const mobile = `"07700 900${String(prisoner % 1000).padStart(3, '0')}"`;
  const kind = prisoner % 5;
  if (kind === 0) return '';
  return kind === 1 ? `${mobile},"0114 496 0${String(prisoner % 1000).padStart(3, '0')} ext 12"` : mobile;
}

function roomOf({ prison, room }: Slot): string {
  if (room === undefined) return '';
  return `,"agencyInternalLocation":{"code":"${room.slice(room.indexOf('-') + 1)}","description":"${prison}-${room}"}`;
}

function notes(chance: number): string {
  const comment = chance % 7 === 0 ? ',"commentText":"Bring the form"' : '';
  return chance % 29 === 0 ? `${comment},"visitorConcernText":"Ask at the desk"` : comment;
}

/** A third was changed a day later, in working hours. */
function update(slot: Slot, index: number, created: number, chance: number): string {
  if (chance % 3 !== 0 || slot.time !== 'past') return '';
  return `,"whenUpdated":"${localDateTime(created + 86_400)}","modifyUserId":"QX_STAFF${hash(33, index) % 40}"`;
}

function state(code: string, description: string, outcome?: string, outcomeText = ''): string {
  const status = `"visitStatus":{"code":"${code}","description":"${description}"}`;
  return outcome === undefined
    ? status
    : `${status},"visitOutcome":{"code":"${outcome}","description":"${outcomeText}"}`;
}

function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}
