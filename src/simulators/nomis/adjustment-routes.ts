import { json, type Reply } from '../frame/replies.ts';
import { apiError, notFound } from '../hmpps/api-errors.ts';
import { flagParameter, numberOf } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { type PageRequest, pageRequest, springPage } from '../hmpps/spring-page.ts';
import type { NomisAdjustment } from './adjustments.ts';
import type { NomisWorld } from './nomis-world.ts';
import { prisonerOfBooking } from './prisoners.ts';
import type { RecordSet } from './record-set.ts';

/** Adjustments one by one, those of a booking, and the ids that the bulk migration pages through. */
export function adjustmentRoutes(world: NomisWorld): Route[] {
  const { sentenceAdjustments, keyDateAdjustments } = world;
  return [
    {
      method: 'GET',
      path: '/sentence-adjustments/{adjustmentId}',
      answer: (_request, id = '') => oneAdjustment(sentenceAdjustments, 'Sentence', id),
    },
    {
      method: 'GET',
      path: '/key-date-adjustments/{adjustmentId}',
      answer: (_request, id = '') => oneAdjustment(keyDateAdjustments, 'Key date', id),
    },
    {
      method: 'GET',
      path: '/prisoners/booking-id/{bookingId}/sentencing-adjustments',
      answer: (request, booking = '') =>
        ofBooking(world, booking, flagParameter(request.query, 'active-only', true)),
    },
    {
      method: 'GET',
      path: '/adjustments/ids',
      answer: ({ query }) => pageOfIds(world, pageRequest(query), enteredBetween(query)),
    },
  ];
}

function oneAdjustment(adjustments: RecordSet<NomisAdjustment>, category: string, text: string): Reply {
  const id = numberOf(text);
  if (id === undefined) return apiError(400, `Invalid Argument: ${text} is not an adjustment id`);
  const adjustment = adjustments.get(id);
  return adjustment ? json(200, adjustment) : notFound(`${category} adjustment ${id} not found`);
}

function ofBooking(world: NomisWorld, text: string, activeOnly: boolean): Reply {
  const booking = numberOf(text);
  const prisoner = booking === undefined ? -1 : prisonerOfBooking(booking);
  const chosen = (adjustments: RecordSet<NomisAdjustment>): NomisAdjustment[] =>
    adjustments.ofParent(prisoner).filter(({ active }) => active || !activeOnly);
  return json(200, {
    keyDateAdjustments: chosen(world.keyDateAdjustments),
    sentenceAdjustments: chosen(world.sentenceAdjustments),
  });
}

/** Sentence adjustments first, then key date adjustments. */
function pageOfIds(world: NomisWorld, page: PageRequest, isWanted: DateFilter | undefined): Reply {
  const first = page.page * page.size;
  const sentences = idsOf(world.sentenceAdjustments, first, page.size, isWanted);
  const left = page.size - sentences.ids.length;
  const keyDates = idsOf(world.keyDateAdjustments, Math.max(0, first - sentences.total), left, isWanted);
  const content = [
    ...sentences.ids.map((id) => `{"adjustmentId":${id},"adjustmentCategory":"SENTENCE"}`),
    ...keyDates.ids.map((id) => `{"adjustmentId":${id},"adjustmentCategory":"KEY-DATE"}`),
  ];
  return springPage(content, page, sentences.total + keyDates.total, true);
}

type DateFilter = (adjustment: NomisAdjustment) => boolean;

/** An adjustment of this NOMIS is entered on its own date. Undefined without `fromDate` and `toDate`, inclusive both. */
function enteredBetween(query: URLSearchParams): DateFilter | undefined {
  const [from, to] = [query.get('fromDate') ?? '', query.get('toDate') ?? ''];
  if (from === '' && to === '') return undefined;
  return ({ adjustmentDate = '' }) => adjustmentDate >= from && (to === '' || adjustmentDate <= to);
}

function idsOf(
  adjustments: RecordSet<NomisAdjustment>,
  first: number,
  count: number,
  isWanted: DateFilter | undefined,
): { ids: number[]; total: number } {
  if (!isWanted) {
    const ids = count > 0 && first < adjustments.count ? adjustments.ids(first, count) : [];
    return { ids, total: adjustments.count };
  }
  const all = adjustments.ids(0, adjustments.count).filter((id) => {
    const adjustment = adjustments.get(id);
    return adjustment !== undefined && isWanted(adjustment);
  });
  return { ids: all.slice(first, first + Math.max(0, count)), total: all.length };
}
