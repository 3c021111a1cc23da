import { json, type Reply } from '../frame/replies.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError, notFound } from '../hmpps/api-errors.ts';
import { dateTimeParameter, flagParameter, listParameter, numberOf } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { pageRequest, springPage } from '../hmpps/spring-page.ts';
import type { VisitFilter } from './visits/visit-plan.ts';
import type { Visits } from './visits/visits.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Ids by page and filter, one visit, and how often rooms are used. */
export function visitRoutes(visits: Visits): Route[] {
  return [
    { method: 'GET', path: '/visits/ids', answer: (request) => pageOfIds(visits, request) },
    { method: 'GET', path: '/visits/rooms/usage-count', answer: (request) => roomUsage(visits, request) },
    {
      method: 'GET',
      path: '/visits/{visitId}',
      answer: (_request, visitId = '') => oneVisit(visits, visitId),
    },
  ];
}

function pageOfIds(visits: Visits, request: SimulatorRequest): Reply {
  const parsed = visitFilter(request.query);
  if ('problem' in parsed) return apiError(400, `Invalid Argument: ${parsed.problem}`, parsed.problem);
  const page = pageRequest(request.query);
  const { ids, total } = visits.page(parsed.filter, page);
  // Without an order of the caller's they are sorted by the time they were entered.
  return springPage(ids, page, total, true);
}

function roomUsage(visits: Visits, request: SimulatorRequest): Reply {
  const parsed = visitFilter(request.query);
  if ('problem' in parsed) return apiError(400, `Invalid Argument: ${parsed.problem}`, parsed.problem);
  return json(200, visits.roomUsage(parsed.filter, flagParameter(request.query, 'futureVisitsOnly', true)));
}

function oneVisit(visits: Visits, text: string): Reply {
  const visitId = numberOf(text);
  if (visitId === undefined) return apiError(400, `Invalid Argument: ${text} is not a visit id`);
  const body = visits.json(visitId);
  return body === undefined ? notFound(`visit id ${visitId}`) : { status: 200, headers: JSON_HEADERS, body };
}

function visitFilter(query: URLSearchParams): { filter: VisitFilter } | { problem: string } {
  const from = dateTimeParameter(query, 'fromDateTime');
  if ('problem' in from) return from;
  const to = dateTimeParameter(query, 'toDateTime');
  if ('problem' in to) return to;
  return {
    filter: {
      prisonIds: listParameter(query, 'prisonIds'),
      visitTypes: listParameter(query, 'visitTypes'),
      from: from.seconds,
      to: to.seconds,
      ignoreMissingRoom: flagParameter(query, 'ignoreMissingRoom', false),
    },
  };
}
