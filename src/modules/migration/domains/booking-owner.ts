import { readOne } from '../engine/calls.ts';
import type { CallContext } from '../engine/domain.ts';
import type { Upstream } from '../upstreams/index.ts';

/**
 * Reads a record that names its booking but not its prisoner, and adds whose the booking is now; undefined when the
 * source has no such record or no such booking.
 */
export function readWithOwner<R extends { bookingId: number }>(template: string) {
  const read = readOne<R>(template);
  return async (
    source: Upstream,
    key: string,
    call: CallContext,
  ): Promise<(R & { offenderNo: string }) | undefined> => {
    const record = await read(source, key, call);
    if (!record) return undefined;
    const offenderNo = await ownerOfBooking(source, record.bookingId, call);
    return offenderNo === undefined ? undefined : { ...record, offenderNo };
  };
}

async function ownerOfBooking(
  source: Upstream,
  bookingId: number,
  call: CallContext,
): Promise<string | undefined> {
  const path = '/prisoners/bookings';
  const answer = await source.request({ method: 'POST', path, template: path, body: [bookingId], ...call });
  const found = JSON.parse(answer.text) as { bookingId: number; offenderNo: string }[];
  return found.find((booking) => booking.bookingId === bookingId)?.offenderNo;
}
