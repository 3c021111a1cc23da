import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { selectWholeList } from '../gift-lists/gift-list-queries.ts';
import { formatMoney } from '../pages/words/money.ts';
import { selectPledgesOfList } from '../reservations/pledge-queries.ts';
import { takeCloseProposals, takeReminders, takeReveals } from './task-queries.ts';

const DAY_MS = 86_400_000;
const AT_A_TIME = 500;

/** Letters that the calendar sends: reminders, closing proposals, and the summary after a surprise. */
export async function remind(ctx: ListsContext): Promise<void> {
  const now = ctx.clock.now();
  const day = (offset: number) => new Date(now.getTime() + offset * DAY_MS).toISOString().slice(0, 10);
  let taken: number;
  do {
    taken = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const due = await takeReminders(trx, { from: day(0), until: day(7) }, AT_A_TIME, now);
      await ctx.courier.send(
        trx,
        due.map(({ id, email }) => ({
          template: 'reservation-reminder' as const,
          to: email,
          key: id,
          reservationId: id,
          correlationId: null,
        })),
      );
      return due.length;
    });
  } while (taken === AT_A_TIME);

  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const due = await takeCloseProposals(trx, day(-14), now);
    await ctx.courier.send(
      trx,
      due.map((list) => ({
        template: 'close-proposal' as const,
        to: list.email,
        key: list.id,
        variables: {
          name: list.name ?? list.email,
          list_title: list.title,
          list_url: `${ctx.publicOrigin}/settings/${list.id}`,
        },
        correlationId: null,
      })),
    );
  });

  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    for (const list of await takeReveals(trx, now)) {
      const whole = await selectWholeList(trx, list.id);
      const names = new Map(whole?.gifts.map((gift) => [gift.product_id, gift.facts]));
      const titleOf = (productId: string) => {
        const facts = names.get(productId);
        return facts ? `${facts.brand} ${facts.details}`.trim() : '?';
      };
      const claimed = (whole?.reservations ?? []).map(
        ({ name, quantity, product_id }) => `${name}: ${quantity} x ${titleOf(product_id)}`,
      );
      const pledged = (await selectPledgesOfList(trx, list.id)).map(
        ({ name, amount, product_id }) =>
          `${name}: ${formatMoney(amount, whole?.list.currency ?? null, list.locale ?? 'en')}, ${titleOf(product_id)}`,
      );
      const lines = [...claimed, ...pledged];
      await ctx.courier.send(trx, [
        {
          template: 'reveal-summary',
          to: list.email,
          key: list.id,
          variables: {
            name: list.name ?? list.email,
            list_title: list.title,
            list_url: `${ctx.publicOrigin}/edit/${list.id}?tab=2`,
            gifts: lines.length > 0 ? lines : ['-'],
          },
          correlationId: null,
        },
      ]);
    }
  });
}
