import type { Reply } from '../frame/replies.ts';
import { apiError, validationFailure } from '../hmpps/api-errors.ts';
import { dateText, dayNumber, localSeconds } from '../hmpps/calendar.ts';

/** A visit as the scheduler keeps it. Times are seconds on the wall clock. */
export interface MigratedVisit {
  readonly prisonerId: string;
  readonly prisonId: string;
  readonly visitRoom: string;
  readonly visitStatus: string;
  readonly visitRestriction: string;
  readonly outcomeStatus: string;
  readonly start: number;
  readonly end: number;
  /** Undefined when it was not sent: then the time of arrival counts. */
  readonly created: number | undefined;
  readonly personIds: readonly number[];
}

const STATUSES = ['RESERVED', 'CHANGING', 'BOOKED', 'CANCELLED'];
const RESTRICTIONS = ['OPEN', 'CLOSED', 'UNKNOWN'];
export const OUTCOMES: readonly string[] = [
  'ADMINISTRATIVE_CANCELLATION',
  'ADMINISTRATIVE_ERROR',
  'BATCH_CANCELLATION',
  'CANCELLATION',
  'COMPLETED_NORMALLY',
  'ESTABLISHMENT_CANCELLED',
  'NOT_RECORDED',
  'NO_VISITING_ORDER',
  'PRISONER_CANCELLED',
  'PRISONER_COMPLETED_EARLY',
  'PRISONER_REFUSED_TO_ATTEND',
  'SUPERSEDED_CANCELLATION',
  'TERMINATED_BY_STAFF',
  'VISITOR_CANCELLED',
  'VISITOR_COMPLETED_EARLY',
  'VISITOR_DECLINED_ENTRY',
  'VISITOR_DID_NOT_ARRIVE',
  'VISITOR_FAILED_SECURITY_CHECKS',
  'VISIT_ORDER_CANCELLED',
];

/** The visit in a request body, or what the scheduler says of it. */
export function parseVisit(value: unknown): MigratedVisit | Reply {
  if (!isObject(value)) return validationFailure('the body is not a visit');
  const problem = missingText(value) ?? unknownCode(value) ?? badDetails(value);
  if (problem !== undefined) return validationFailure(problem);
  const start = localSeconds(String(value.startTimestamp));
  const end = localSeconds(String(value.endTimestamp));
  if (start === undefined || end === undefined) return validationFailure('startTimestamp and endTimestamp');
  const created = value.createDateTime ?? undefined;
  const createdSeconds = created === undefined ? undefined : localSeconds(String(created));
  if (created !== undefined && createdSeconds === undefined) return validationFailure('createDateTime');
  return {
    // Read as texts above.
    prisonerId: String(value.prisonerId),
    prisonId: String(value.prisonId),
    visitRoom: String(value.visitRoom),
    visitStatus: String(value.visitStatus),
    visitRestriction: String(value.visitRestriction),
    outcomeStatus: String(value.outcomeStatus ?? 'NOT_RECORDED'),
    start,
    end,
    created: createdSeconds,
    personIds: personIds(value),
  };
}

/**
 * What the scheduler does with a visit of today or later: it has to lie within six months and to fit a session, whose
 * room and times it takes on. There is one session each morning and one each afternoon.
 */
export function matchSession(
  visit: MigratedVisit,
  today: number,
  prisonsWithoutSessions: readonly string[],
): MigratedVisit | Reply {
  const day = Math.floor(visit.start / 86_400);
  if (day > sixMonthsAfter(today)) {
    return apiError(422, 'Migration failure: Could not migrate visit', `${dateText(day)} is too far ahead`);
  }
  if (day < today) return visit;
  if (prisonsWithoutSessions.includes(visit.prisonId)) {
    return apiError(400, 'Migration failure: could not find matching session template');
  }
  const morning = visit.start - day * 86_400 < 12 * 3600;
  const start = day * 86_400 + (morning ? 9 * 3600 : 13 * 3600 + 45 * 60);
  return { ...visit, start, end: start + 3600, visitRoom: morning ? 'Morning room' : 'Afternoon room' };
}

function sixMonthsAfter(today: number): number {
  const date = new Date(today * 86_400_000);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 6];
  const lastOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const text = new Date(Date.UTC(year, month, Math.min(date.getUTCDate(), lastOfMonth))).toISOString();
  return dayNumber(text.slice(0, 10)) ?? today;
}

function missingText(visit: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of ['prisonerId', 'prisonId', 'visitRoom', 'startTimestamp', 'endTimestamp']) {
    const text = visit[name];
    if (typeof text !== 'string' || text.trim() === '') return `${name} must not be blank`;
  }
  return undefined;
}

function unknownCode(visit: Readonly<Record<string, unknown>>): string | undefined {
  if (visit.visitType !== 'SOCIAL') return `visitType ${String(visit.visitType)} is not one of [SOCIAL]`;
  if (!STATUSES.includes(String(visit.visitStatus)))
    return `visitStatus must be one of ${STATUSES.join(', ')}`;
  if (!RESTRICTIONS.includes(String(visit.visitRestriction))) {
    return `visitRestriction must be one of ${RESTRICTIONS.join(', ')}`;
  }
  const outcome = visit.outcomeStatus ?? 'NOT_RECORDED';
  return OUTCOMES.includes(String(outcome)) ? undefined : `outcomeStatus ${String(outcome)} is unknown`;
}

function badDetails(visit: Readonly<Record<string, unknown>>): string | undefined {
  const contact = visit.visitContact;
  if (isObject(contact) && typeof contact.telephone === 'string' && contact.telephone.trim() === '') {
    return 'visitContact.telephone must not be blank';
  }
  const types = list(visit.visitNotes).map((note) => (isObject(note) ? note.type : undefined));
  if (new Set(types).size < types.length) return 'visitNotes must have one note for each type';
  const ids = list(visit.visitors).map((visitor) => (isObject(visitor) ? visitor.nomisPersonId : undefined));
  return ids.every((id) => typeof id === 'number') ? undefined : 'visitors must have a nomisPersonId each';
}

/** Each person once, in order, so that the same visit always reads the same. */
function personIds(visit: Readonly<Record<string, unknown>>): number[] {
  const ids = list(visit.visitors).map((visitor) => Number(isObject(visitor) ? visitor.nomisPersonId : 0));
  return [...new Set(ids)].sort((a, b) => a - b);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
