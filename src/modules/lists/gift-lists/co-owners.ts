import type { Handle } from '#platform/db';
import { readEmail } from '../accounts/account.ts';
import { selectUser } from '../accounts/account-queries.ts';
import type { Caller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors } from '../errors.ts';
import { listsEvent } from '../events.ts';
import { normaliseEmail } from '../gateway/text.ts';
import { limit } from '../policy/rate-limit.ts';
import { selectAccountsByEmail } from '../reservations/reservation-queries.ts';
import { deleteCoOwner, selectCoOwners, upsertCoOwner } from './co-owner-queries.ts';
import { requireOwnList } from './gift-list.ts';

const MOST_CO_OWNERS = 20;

/** Somebody who helps with a list; by default blind to what is claimed, whatever the owner may see. */
export async function addCoOwner(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  input: { email: unknown; seesClaims: unknown },
  { correlationId, locale }: { correlationId: string; locale: string },
): Promise<void> {
  const email = readEmail(input.email);
  await limit(ctx, 'metadata', `co-owner ${caller.userId}`);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const list = await requireOwnList(trx, caller, listId, { lock: 'update' });
    if (email === caller.email) throw errors.conflict('own_list', 'You own this list already.');
    if ((await selectCoOwners(trx, listId)).length >= MOST_CO_OWNERS) {
      throw errors.conflict('too_many_co_owners', `A list has at most ${MOST_CO_OWNERS} co-owners.`);
    }
    const [account] = await selectAccountsByEmail(trx, [email]);
    const seesClaims = input.seesClaims === true;
    if (!(await upsertCoOwner(trx, { listId, email, userId: account?.id ?? null, seesClaims }))) return;
    const owner = await selectUser(trx, caller.userId);
    await ctx.courier.send(trx, [
      {
        template: 'co-owner-added',
        to: email,
        key: listId,
        // Who is invited has acted on no page yet: the page of who invites is the best guess.
        locale,
        variables: {
          owner_name: owner?.name ?? owner?.email ?? '',
          list_title: list.title,
          list_url: `${ctx.publicOrigin}/edit/${listId}`,
        },
        correlationId,
      },
    ]);
    await ctx.events.append(trx, [listsEvent('list.co_owner_added', correlationId, [listId, account?.id])]);
  });
}

/** The owner removes anybody, and everybody themself. */
export async function removeCoOwner(
  ctx: ListsContext,
  caller: Caller,
  listId: string,
  email: string,
): Promise<void> {
  const address = normaliseEmail(email);
  await requireOwnList(ctx.db.kysely, caller, listId, { allowCoOwner: address === caller.email });
  if (!(await deleteCoOwner(ctx.db.kysely, listId, address))) {
    throw errors.notFound('co_owner_not_found', 'This person does not manage the list.');
  }
}

export async function describeCoOwners(ctx: ListsContext, listId: string) {
  return (await selectCoOwners(ctx.db.kysely, listId)).map((row) => ({
    email: row.email,
    name: row.name,
    hasAccount: row.user_id !== null,
    seesClaims: row.sees_claims,
  }));
}
