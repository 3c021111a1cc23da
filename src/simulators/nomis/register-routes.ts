import { json } from '../frame/replies.ts';
import { apiError, notFound } from '../hmpps/api-errors.ts';
import { numberOf } from '../hmpps/query-values.ts';
import type { Route } from '../hmpps/router.ts';
import { pageRequest } from '../hmpps/spring-page.ts';
import { allAgencies } from './agencies.ts';
import { idRanges, idsInRange } from './finance.ts';
import type { NomisWorld } from './nomis-world.ts';

/** Agencies, all of whose ids come at once, and finance, whose ids come in ranges. */
export function registerRoutes({ agencies, prisonerBalances, transactions }: NomisWorld): Route[] {
  return [
    {
      method: 'GET',
      path: '/agency/ids/all',
      answer: () => json(200, { agencyIds: allAgencies(agencies).map(({ agencyId }) => ({ agencyId })) }),
    },
    {
      method: 'GET',
      path: '/agency/{agencyId}',
      answer(_request, id = '') {
        const agency = allAgencies(agencies).find(({ agencyId }) => agencyId === id);
        return agency ? json(200, agency) : notFound(`Agency with id ${id} not found`);
      },
    },
    {
      method: 'GET',
      path: '/finance/prisoners/ids',
      answer({ query }) {
        const { page, size } = pageRequest(query, 20);
        const totalElements = prisonerBalances.count;
        const totalPages = Math.ceil(totalElements / size);
        const content = prisonerBalances.ids(page * size, size);
        return json(200, { content, page: { size, number: page, totalElements, totalPages } });
      },
    },
    {
      method: 'GET',
      path: '/finance/prisoners/id-ranges',
      answer({ query }) {
        const size = numberOf(query.get('pageSize') ?? '2000') ?? 0;
        return size < 1
          ? apiError(400, 'Invalid Argument: pageSize must be at least 1')
          : json(200, idRanges(prisonerBalances, size));
      },
    },
    {
      method: 'GET',
      path: '/finance/prisoners/ids-in-range',
      answer({ query }) {
        const [from, to] = ['fromRootOffenderId', 'toRootOffenderId'].map((name) =>
          numberOf(query.get(name) ?? ''),
        );
        return from === undefined || to === undefined
          ? apiError(400, 'Invalid Argument: both ends of the range are required')
          : json(200, idsInRange(prisonerBalances, from, to));
      },
    },
    {
      method: 'GET',
      path: '/finance/prisoners/rootOffenderId/{rootOffenderId}/balance',
      answer(_request, id = '') {
        const balance = prisonerBalances.get(numberOf(id) ?? 0);
        return balance ? json(200, balance) : notFound(`Root offender id ${id} not found`);
      },
    },
    {
      method: 'GET',
      path: '/transactions/{transactionId}',
      answer(_request, id = '') {
        // A transaction that is not there has no entries.
        return json(200, transactions.get(numberOf(id) ?? 0)?.entries ?? []);
      },
    },
  ];
}
