// Letters about parts of gifts that many give together.
import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { formatMoney } from '../pages/words/money.ts';
import { selectPledgesOfList } from './pledge-queries.ts';

/** Tells those who promised a part that the gift, or the whole list, goes; the transaction that removes it sends this. */
export async function tellPledgers(
  ctx: ListsContext,
  trx: Handle,
  list: { id: string; title: string; currency: string },
  productId: string | undefined,
  correlationId: string | null,
): Promise<void> {
  const pledges = (await selectPledgesOfList(trx, list.id)).filter(
    (pledge) => (productId === undefined || pledge.product_id === productId) && pledge.email.includes('@'),
  );
  await ctx.courier.send(
    trx,
    pledges.map((pledge) => ({
      template: 'pledge-withdrawn' as const,
      to: pledge.email,
      key: pledge.id,
      locale: pledge.locale,
      variables: {
        name: pledge.name,
        list_title: list.title,
        amount: formatMoney(pledge.amount, list.currency, pledge.locale ?? 'en'),
      },
      correlationId,
    })),
  );
}
