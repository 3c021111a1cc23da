import { addDays, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { rebuildBilling, rebuildStatuses } from '../facts/make-facts.ts';
import { findUser } from '../users/user-queries.ts';
import { insertTestMessages, insertTestServices } from './bulk-test-queries.ts';

const ORGANISATION_ID = '10ad7e57-0000-4000-8000-0000000000ff';
const PAGE = 100_000;

export interface BulkTestData {
  services: number;
  messages: number;
  /** Over how many days before now the messages lie. */
  days: number;
  userId: string;
}

/**
 * Data to try loads with: one organisation, its services and delivered texts of past days, with the facts of those days.
 * Undefined when there is no such user. A run that was cut short goes on where it ended.
 */
export async function generateBulkTestData(
  ctx: NotifyContext,
  { services, messages, days, userId }: BulkTestData,
  onPage: (made: number) => void,
): Promise<{ messages: number } | undefined> {
  const { kysely } = ctx.db;
  const user = await findUser(kysely, userId);
  if (!user) return undefined;
  const now = ctx.clock.now();
  const userEmail = user.email_address;
  await insertTestServices(kysely, { organisationId: ORGANISATION_ID, services, userId, userEmail, now });
  let made = 0;
  for (let first = 0; first < messages; first += PAGE) {
    const last = Math.min(first + PAGE, messages) - 1;
    made += await insertTestMessages(kysely, { first, last, services, days, total: messages, until: now });
    onPage(last + 1);
  }
  for (let ago = 0; ago <= days; ago += 1) {
    await rebuildBilling(ctx, addDays(londonDay(now), -ago));
    await rebuildStatuses(ctx, addDays(londonDay(now), -ago), ['sms']);
  }
  return { messages: made };
}
