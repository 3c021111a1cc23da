import { json, type Reply } from '../frame/replies.ts';
import { apiError, notFound } from '../hmpps/api-errors.ts';
import { flagParameter, numberOf } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { pageRequest, springPage } from '../hmpps/spring-page.ts';
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
      answer: (request) => pageOfIds(world, pageRequest(request.query)),
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
function pageOfIds(world: NomisWorld, page: ReturnType<typeof pageRequest>): Reply {
  const { sentenceAdjustments, keyDateAdjustments } = world;
  const first = page.page * page.size;
  const sentences = first < sentenceAdjustments.count ? sentenceAdjustments.ids(first, page.size) : [];
  const left = page.size - sentences.length;
  const keyDates =
    left > 0 ? keyDateAdjustments.ids(Math.max(0, first - sentenceAdjustments.count), left) : [];
  const content = [
    ...sentences.map((id) => `{"adjustmentId":${id},"adjustmentCategory":"SENTENCE"}`),
    ...keyDates.map((id) => `{"adjustmentId":${id},"adjustmentCategory":"KEY-DATE"}`),
  ];
  return springPage(content, page, sentenceAdjustments.count + keyDateAdjustments.count, true);
}
