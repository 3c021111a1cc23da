import type { BulkDeclaration, CallContext } from '../engine/domain.ts';
import type { Upstream } from '../upstreams/index.ts';

interface IdsPage<T> {
  content: T[];
  totalElements: number;
}

/** Reads pages of ids from a list of the source; `queryOf` turns the run's filter into its parameters. */
export function readIdsFrom<T>(
  path: string,
  keyOf: (item: T) => string,
  queryOf: (filter: Record<string, unknown>) => Record<string, string | undefined> = () => ({}),
): BulkDeclaration<unknown>['readIds'] {
  return async (source, filter, page, call) => {
    const query = { ...queryOf(filter), page: page.number, size: page.size };
    const found = await source.read<IdsPage<T>>({ path, template: path, query, ...call });
    return { keys: found?.content.map(keyOf) ?? [], totalElements: found?.totalElements ?? 0 };
  };
}

/** The prisoner whom a booking belongs to now; undefined when the source has no such booking. */
export async function ownerOfBooking(
  source: Upstream,
  bookingId: number,
  call: CallContext,
): Promise<string | undefined> {
  const path = '/prisoners/bookings';
  const answer = await source.request({ method: 'POST', path, template: path, body: [bookingId], ...call });
  const found = JSON.parse(answer.text) as { bookingId: number; offenderNo: string }[];
  return found.find((booking) => booking.bookingId === bookingId)?.offenderNo;
}
