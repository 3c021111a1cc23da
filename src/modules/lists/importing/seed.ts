// What end-to-end tests start from, and how they clean up: spec section 13.3.
import { type Static, Type } from 'typebox';
import { hashPassword } from '#platform/auth';
import type { Handle } from '#platform/db';
import { CommandRefusal } from '#platform/module';
import { insertUser, selectUserByEmail, upsertPassword } from '../accounts/account-queries.ts';
import { insertJsonRows } from '../backups/backup-queries.ts';
import type { ListsContext } from '../context.ts';
import { normaliseEmail } from '../gateway/text.ts';
import { newId } from '../ids.ts';
import { deleteSeeded } from './import-queries.ts';
import { Item } from './original-items.ts';
import { giftRow, listRow, notFoundRow, productRow, reservationRow } from './original-rows.ts';

const text = Type.String({ maxLength: 5_000 });
const count = Type.Integer({ minimum: 0, maximum: 999 });

export const SeedSchema = Type.Object(
  {
    user: Type.Object(
      { name: text, email: Type.String({ minLength: 3, maxLength: 254 }), password: text },
      { additionalProperties: false },
    ),
    list: Type.Optional(
      Type.Object(
        {
          title: text,
          description: Type.Optional(text),
          occasion: Type.Optional(text),
          imageUrl: Type.Optional(text),
          eventDate: Type.Optional(text),
          state: Type.Optional(Type.Union([Type.Literal('open'), Type.Literal('closed')])),
        },
        { additionalProperties: false },
      ),
    ),
    products: Type.Optional(
      Type.Array(
        Type.Object(
          {
            type: Type.Union([Type.Literal('products'), Type.Literal('notfound')]),
            brand: text,
            details: text,
            retailer: Type.Optional(text),
            productUrl: Type.Optional(text),
            imageUrl: Type.Optional(text),
            price: Type.Optional(text),
            /** On the list unless this says no. */
            onList: Type.Optional(Type.Boolean()),
            quantity: Type.Optional(count),
            reserved: Type.Optional(count),
            purchased: Type.Optional(count),
            notes: Type.Optional(text),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    reservations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            /** Place of the product in `products`, from 0. */
            product: count,
            name: text,
            email: text,
            quantity: Type.Optional(count),
            state: Type.Optional(
              Type.Union([Type.Literal('reserved'), Type.Literal('cancelled'), Type.Literal('purchased')]),
            ),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);
export type Seed = Static<typeof SeedSchema>;

export const SeededSchema = Type.Object({
  user_email: Type.Optional(Type.String()),
  list_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  product_ids: Type.Optional(Type.Array(Type.String())),
});
export type Seeded = Static<typeof SeededSchema>;

/** Makes a confirmed user and what else the file asks for, in one transaction, and gives back the ids. */
export async function seed(ctx: ListsContext, wanted: Seed) {
  refuseInProduction(ctx);
  const now = ctx.clock.now();
  const email = normaliseEmail(wanted.user.email);
  const hash = await hashPassword(wanted.user.password);
  const userId = newId();
  const listId = wanted.list ? newId() : null;
  const productIds = (wanted.products ?? []).map(newId);
  const reservationIds = (wanted.reservations ?? []).map(newId);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const user = { id: userId, email, name: wanted.user.name, isVerified: true, now };
    if (!(await insertUser(trx, user))) throw new CommandRefusal(`There is a user ${email} already`);
    await upsertPassword(trx, userId, hash, now);
    for (const { table, rows } of rowsOf(wanted, { userId, listId, productIds, reservationIds }, now)) {
      await insertJsonRows(
        trx,
        table,
        rows.map((row) => JSON.stringify(row)),
      );
    }
  });
  return { user_id: userId, list_id: listId, product_ids: productIds, reservation_ids: reservationIds };
}

interface SeedIds {
  userId: string;
  listId: string | null;
  productIds: string[];
  reservationIds: string[];
}

function rowsOf({ list, products = [], reservations = [] }: Seed, ids: SeedIds, now: Date) {
  const { userId, listId, productIds, reservationIds } = ids;
  const known = products.map((product, place) => ({ ...product, productId: productIds[place] ?? '' }));
  const ofType = (type: string) => known.filter((product) => product.type === type);
  const tables: { table: Parameters<typeof insertJsonRows>[1]; rows: (object | undefined)[] }[] = [
    { table: 'products', rows: ofType('products').map((product) => productRow(product, now)) },
    {
      table: 'not_found_products',
      rows: ofType('notfound').map((one) => notFoundRow({ ...one, createdBy: userId }, now)),
    },
  ];
  if (!list || listId === null) return tables;
  const listMade = listRow({ kind: 'list', id: listId, ownerId: userId, item: new Item(list) }, now);
  const gifts = known
    .filter(({ onList }) => onList !== false)
    .map((product, place) => {
      const key = { kind: 'gift', listId, productId: product.productId } as const;
      return giftRow({ ...key, item: new Item(product) }, place + 1, now);
    });
  const made = reservations.map(({ product, ...reservation }, place) => {
    const productId = productIds[product];
    if (productId === undefined) throw new CommandRefusal(`There is no product ${product}`, 2);
    const id = reservationIds[place] ?? newId();
    const item = new Item(reservation);
    const key = {
      kind: 'reservation',
      id,
      listId,
      productId,
      holder: normaliseEmail(reservation.email),
    } as const;
    const gift = gifts.find((one) => one.product_id === productId);
    return reservationRow({ ...key, item }, { list: listMade, gift, holder: undefined }, now);
  });
  return [
    { table: 'gift_lists' as const, rows: [listMade] },
    ...tables,
    { table: 'gifts' as const, rows: gifts },
    { table: 'reservations' as const, rows: made },
  ];
}

/** Takes away what tests made; what is gone already is no matter. */
export async function unseed(ctx: ListsContext, seeded: Seeded): Promise<{ removed: number }> {
  refuseInProduction(ctx);
  const email = seeded.user_email === undefined ? undefined : normaliseEmail(seeded.user_email);
  const removed = await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const user = email === undefined ? undefined : await selectUserByEmail(trx, email);
    return deleteSeeded(trx, {
      userId: user?.id ?? null,
      listId: seeded.list_id ?? null,
      productIds: seeded.product_ids ?? [],
    });
  });
  return { removed };
}

function refuseInProduction(ctx: ListsContext): void {
  if (ctx.config.environment === 'prod')
    throw new CommandRefusal('This is for tests: the installation is prod');
}
