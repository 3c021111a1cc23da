// Calls to the visit scheduler: spec appendix B.3.
import type { CallContext, CreateContext, CreateResult } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import type { VsipVisit } from './transform-visit.ts';

/** A visit as `GET /visits/search` lists it; only what is used here. */
export interface SchedulerVisit {
  reference: string;
  prisonerId: string;
  prisonId: string;
  visitType?: string;
  visitStatus: string;
  outcomeStatus?: string | null;
  startTimestamp: string;
  endTimestamp: string;
  createdTimestamp: string;
  visitors?: { nomisPersonId: number }[];
}

interface SearchPage {
  content: SchedulerVisit[];
  last?: boolean;
  totalElements?: number;
}

export async function createVisit(
  scheduler: Upstream,
  body: VsipVisit,
  call: CreateContext,
): Promise<CreateResult> {
  const { idempotencyKey, ...rest } = call;
  const answer = await scheduler.request({
    method: 'POST',
    path: '/migrate-visits',
    template: '/migrate-visits',
    body,
    headers: { 'idempotency-key': idempotencyKey },
    accept: [422],
    ...rest,
  });
  if (answer.status === 422) return { status: 'rejected' };
  // The bare text, although the content type says JSON.
  return { status: 'accepted', targetId: answer.text.trim().replace(/^"(.*)"$/, '$1') };
}

/**
 * The reference of a visit that a lost answer may have left behind: same prisoner, prison and days, the creation time of
 * NOMIS, and the same visitors. The start time does not count, because the scheduler moves it to a session's.
 */
export async function findVisit(
  scheduler: Upstream,
  body: VsipVisit,
  call: CallContext,
): Promise<string | null | undefined> {
  const wanted = visitorsOf(body);
  for (let page = 0; ; page++) {
    const answer = await scheduler.request({
      method: 'GET',
      path: '/visits/search',
      template: '/visits/search',
      query: {
        prisonerId: body.prisonerId,
        prisonId: body.prisonId,
        visitStartDate: body.startTimestamp.slice(0, 10),
        visitEndDate: body.startTimestamp.slice(0, 10),
        visitStatus: ['BOOKED', 'CANCELLED'],
        page,
        size: 100,
      },
      // A client without the role to search cannot look.
      accept: [401, 403],
      ...call,
    });
    if (answer.status === 401 || answer.status === 403) return undefined;
    const found = JSON.parse(answer.text) as SearchPage;
    const match = found.content.find(
      (visit) =>
        visit.prisonerId === body.prisonerId &&
        visit.createdTimestamp.slice(0, 19) === body.createDateTime &&
        visitorsOf(visit) === wanted,
    );
    if (match) return match.reference;
    if (found.last !== false || found.content.length === 0) return null;
  }
}

export async function cancelVisit(
  scheduler: Upstream,
  reference: string,
  cancel: { actionedBy: string; outcomeStatus: string; text: string },
  call: CallContext,
): Promise<void> {
  await scheduler.request({
    method: 'PUT',
    path: `/migrate-visits/${encodeURIComponent(reference)}/cancel`,
    template: '/migrate-visits/{reference}/cancel',
    body: {
      actionedBy: cancel.actionedBy,
      cancelOutcome: { outcomeStatus: cancel.outcomeStatus, text: cancel.text },
    },
    ...call,
  });
}

export function visitorsOf(visit: { visitors?: { nomisPersonId: number }[] }): string {
  const [first, second] = visit.visitors ?? [];
  if (first && !second) return String(first.nomisPersonId);
  const ids = new Set(visit.visitors?.map((visitor) => visitor.nomisPersonId));
  return [...ids].sort((a, b) => a - b).join(',');
}
