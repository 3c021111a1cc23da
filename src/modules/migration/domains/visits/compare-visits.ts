import { readOne } from '../../engine/calls.ts';
import { wordOf } from '../../engine/codes.ts';
import type { Comparison } from '../../engine/domain.ts';
import type { NomisVisit } from './nomis-visit.ts';
import { outcomeOf } from './transform-visit.ts';
import { TYPE_BY_CODE } from './visit-codes-data.ts';
import { type SchedulerVisit, visitorsOf } from './visit-scheduler.ts';

const PAGE_SIZE = 1_000;

/**
 * What both sides must agree on. Room and times are left out: for visits from today on the scheduler replaces them by
 * those of a session template. A visit that the new service has cancelled is cancelled there alone until NOMIS follows.
 */
export const compareVisits: Comparison<NomisVisit> = {
  ofSource: (visit) => ({
    prisonerId: visit.offenderNo,
    prisonId: visit.prisonId,
    visitType: wordOf(TYPE_BY_CODE, visit.visitType.code) ?? null,
    visitStatus: visit.visitStatus.code === 'CANC' ? 'CANCELLED' : 'BOOKED',
    outcomeStatus: outcomeOf(visit) ?? 'NOT_RECORDED',
    date: visit.startDateTime.slice(0, 10),
    created: visit.whenCreated.slice(0, 19),
    visitors: visitorsOf({ visitors: visit.visitors.map(({ personId }) => ({ nomisPersonId: personId })) }),
  }),
  shown: {
    fieldsOf: (visit: SchedulerVisit) => ({
      prisonerId: visit.prisonerId,
      prisonId: visit.prisonId,
      visitType: visit.visitType ?? null,
      visitStatus: visit.visitStatus,
      outcomeStatus: visit.outcomeStatus ?? 'NOT_RECORDED',
      date: visit.startTimestamp.slice(0, 10),
      created: visit.createdTimestamp.slice(0, 19),
      visitors: visitorsOf(visit),
    }),
    read: readOne<SchedulerVisit>('/visits/{reference}'),
    list: async (scheduler, page, call) => {
      const found = await scheduler.read<{ content: SchedulerVisit[]; last?: boolean }>({
        path: '/visits/search',
        template: '/visits/search',
        query: { visitStatus: ['BOOKED', 'CANCELLED'], page, size: PAGE_SIZE },
        ...call,
      });
      const records = found?.content.map((record) => ({ id: record.reference, record })) ?? [];
      return { records, isLast: records.length === 0 || found?.last !== false };
    },
  },
};
