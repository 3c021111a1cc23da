import { json, noContent, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError, notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem } from '../hmpps/body-checks.ts';
import { numberOf } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { type PageRequest, pageRequest, springPage } from '../hmpps/spring-page.ts';
import { alertId } from './alerts.ts';
import type { NomisCaseNote } from './case-notes.ts';
import type { NomisWorld } from './nomis-world.ts';
import {
  bookingId,
  offenderNo,
  prisonerIndex,
  prisonerOfBooking,
  prisonOf,
  rootOffenderId,
} from './prisoners.ts';
import type { RecordSet } from './record-set.ts';
import { staffByUsername, staffIdsAfter } from './staff.ts';

/** Prisoners, locations, alerts, case notes and visit balances. */
export function recordRoutes(world: NomisWorld): Route[] {
  return [
    ...prisonerRoutes(world),
    ...locationRoutes(world),
    ...alertRoutes(world),
    ...caseNoteRoutes(world),
    ...balanceRoutes(world),
    ...staffRoutes(world),
  ];
}

function prisonerRoutes(world: NomisWorld): Route[] {
  return [
    get('/prisoners/ids', ({ query }) => prisonerPage(world, pageRequest(query), bookingAndNumber)),
    get('/prisoners/ids/all', ({ query }) => prisonerPage(world, pageRequest(query), numberAlone)),
    {
      method: 'POST',
      path: '/prisoners/bookings',
      answer: (request) => prisonersOf(world, jsonBody(request)),
    },
    get('/prisoners/{offenderNo}', (_request, text = '') => {
      const index = knownPrisoner(world, text);
      if (index === undefined) return notFound(`Prisoner with offender no ${text} not found`);
      const location = prisonOf(index);
      return json(200, {
        offenderNo: text,
        rootOffenderId: rootOffenderId(index),
        bookingId: bookingId(index),
        location,
        active: location !== 'OUT',
      });
    }),
  ];
}

function locationRoutes({ locations }: NomisWorld): Route[] {
  return [
    get('/locations/ids', ({ query }) =>
      recordPage(locations, pageRequest(query), (id) => `{"locationId":${id}}`),
    ),
    get('/locations/{id}', (_request, id = '') => one(locations, id, 'Location')),
  ];
}

function alertRoutes(world: NomisWorld): Route[] {
  const { alerts } = world;
  return [
    get('/alerts/ids', ({ query }) =>
      recordPage(alerts, pageRequest(query), (id) => {
        const { bookingId: booking, alertSequence } = alerts.get(id) ?? { bookingId: 0, alertSequence: 0 };
        return `{"bookingId":${booking},"alertSequence":${alertSequence}}`;
      }),
    ),
    get(
      '/prisoners/booking-id/{bookingId}/alerts/{alertSequence}',
      (_request, booking = '', sequence = '') => {
        const alert = alerts.get(alertId(numberOf(booking) ?? 0, numberOf(sequence) ?? 0));
        return alert ? json(200, alert) : notFound(`Prisoner alert not found for alertSequence=${sequence}`);
      },
    ),
    get('/prisoners/{offenderNo}/alerts/to-migrate', (_request, text = '') => {
      const bookings = world.bookings.ofPrisoner(text);
      if (!bookings) return notFound(`Prisoner with offender no ${text} not found`);
      return json(200, { latestBookingAlerts: ofBookings(alerts, bookings) });
    }),
  ];
}

function caseNoteRoutes(world: NomisWorld): Route[] {
  const { caseNotes } = world;
  return [
    get('/casenotes/ids', ({ query }) =>
      recordPage(caseNotes, pageRequest(query), (id) => `{"caseNoteId":${id}}`),
    ),
    get('/casenotes/{caseNoteId}', (_request, id = '') => one(caseNotes, id, 'Case note')),
    {
      method: 'PUT',
      path: '/casenotes/{caseNoteId}',
      answer: (request, id = '') => amend(caseNotes, id, request),
    },
    {
      method: 'DELETE',
      path: '/casenotes/{caseNoteId}',
      answer: (_request, id = '') =>
        caseNotes.remove(numberOf(id) ?? 0) ? noContent() : notFound(`Case note ${id} not found`),
    },
    get('/prisoners/{offenderNo}/casenotes', (_request, text = '') => {
      const bookings = world.bookings.ofPrisoner(text);
      if (!bookings) return notFound(`Prisoner with offender no ${text} not found`);
      return json(200, { caseNotes: ofBookings(caseNotes, bookings) });
    }),
  ];
}

function balanceRoutes({ visitBalances, balanceAdjustments }: NomisWorld): Route[] {
  return [
    get('/visit-balances/ids', ({ query }) =>
      recordPage(visitBalances, pageRequest(query), (id) => `{"visitBalanceId":${id}}`),
    ),
    get('/visit-balances/{visitBalanceId}', (_request, id = '') => one(visitBalances, id, 'Visit balance')),
    get('/visit-balances/visit-balance-adjustment/{visitBalanceAdjustmentId}', (_request, id = '') =>
      one(balanceAdjustments, id, 'Visit balance adjustment'),
    ),
    get('/prisoners/{prisonNumber}/visit-balance/details', (_request, text = '') => {
      const [balance] = visitBalances.ofParent(prisonerIndex(text) ?? -1);
      return balance ? json(200, balance) : notFound(`Prisoner with offender no ${text} not found`);
    }),
  ];
}

function staffRoutes({ staff }: NomisWorld): Route[] {
  return [
    get('/staff/ids', ({ query }) => {
      const { page, size } = pageRequest(query, 20);
      const content = staff.ids(page * size, size).map((staffId) => ({ staffId }));
      const totalElements = staff.count;
      const totalPages = Math.ceil(totalElements / size);
      return json(200, { content, page: { size, number: page, totalElements, totalPages } });
    }),
    get('/staff/ids/all-from-id', ({ query }) => {
      const after = numberOf(query.get('staffId') ?? '0') ?? 0;
      const ids = staffIdsAfter(staff, after, pageRequest(query, 20).size);
      return json(200, { ids: ids.map((staffId) => ({ staffId })) });
    }),
    get('/staff/id/{staffId}', (_request, id = '') => one(staff, id, 'Staff')),
    get('/staff/username/{username}', (_request, username = '') => {
      const found = staffByUsername(staff, username);
      return found ? json(200, found) : notFound(`Staff with username ${username} not found`);
    }),
  ];
}

/** Whose the bookings are; those that are not there are left out. */
function prisonersOf({ bookings }: NomisWorld, body: unknown): Reply {
  if (!Array.isArray(body) || !body.every(Number.isInteger))
    return validationFailure('the body must be a list of booking ids');
  return json(
    200,
    body.flatMap((booking: number) => {
      const owner = bookings.ownerOf(booking);
      return owner === undefined ? [] : [{ bookingId: booking, offenderNo: owner }];
    }),
  );
}

function get(path: string, answer: Route['answer']): Route {
  return { method: 'GET', path, answer };
}

function one(records: RecordSet<object>, text: string, noun: string): Reply {
  const id = numberOf(text);
  if (id === undefined) return apiError(400, `Invalid Argument: ${text} is not an id`);
  const record = records.get(id);
  return record ? json(200, record) : notFound(`${noun} ${id} not found`);
}

function amend(caseNotes: RecordSet<NomisCaseNote>, text: string, request: SimulatorRequest): Reply {
  const id = numberOf(text) ?? 0;
  if (!caseNotes.get(id)) return notFound(`Case note ${text} not found`);
  const body = jsonBody(request);
  const problem = bodyProblem(body, { text: 'text', amendments: 'list' });
  if (problem !== undefined) return validationFailure(problem);
  // bodyProblem found both.
  const { text: caseNoteText, amendments } = body as { text: string; amendments: unknown[] };
  caseNotes.put(id, { caseNoteText, amendments, auditModuleName: 'DPS_SYNCHRONISATION' });
  return { status: 200, headers: {}, body: '' };
}

function recordPage(records: RecordSet<object>, page: PageRequest, print: (id: number) => string): Reply {
  return springPage(records.ids(page.page * page.size, page.size).map(print), page, records.count, true);
}

function prisonerPage({ prisoners }: NomisWorld, page: PageRequest, print: (index: number) => string): Reply {
  const first = page.page * page.size;
  const end = Math.min(first + page.size, prisoners);
  const content = Array.from({ length: Math.max(0, end - first) }, (_, nth) => print(first + nth));
  return springPage(content, page, prisoners, true);
}

function bookingAndNumber(index: number): string {
  return `{"bookingId":${bookingId(index)},"offenderNo":"${offenderNo(index)}"}`;
}

function numberAlone(index: number): string {
  return `{"offenderNo":"${offenderNo(index)}"}`;
}

function ofBookings<T extends object>(records: RecordSet<T>, bookings: readonly number[]): T[] {
  return bookings.flatMap((booking) => records.ofParent(prisonerOfBooking(booking)));
}

function knownPrisoner({ prisoners }: NomisWorld, text: string): number | undefined {
  const index = prisonerIndex(text);
  return index !== undefined && index < prisoners ? index : undefined;
}
