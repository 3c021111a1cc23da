// Takes over the tables of the original: spec section 8.7. Every id stays what it is, so that links in old e-mails and
// bookmarks go on working.
import type { Handle } from '#platform/db';
import { readDynamoItem, type SourceRow } from '#platform/files';
import { CommandRefusal } from '#platform/module';
import { insertJsonRows, withOverclaimedGifts } from '../backups/backup-queries.ts';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { selectViolations } from '../tasks/task-queries.ts';
import { selectKnownUsers } from './import-queries.ts';
import { type OriginalItem, readOriginalItem } from './original-items.ts';
import {
  giftRow,
  listRow,
  notFoundRow,
  productRow,
  type Row,
  reservationRow,
  userRow,
} from './original-rows.ts';

export interface OriginalTables {
  lists: AsyncIterable<SourceRow>;
  products: AsyncIterable<SourceRow> | undefined;
  notFound: AsyncIterable<SourceRow> | undefined;
}

export interface ImportReport {
  users: number;
  lists: number;
  gifts: number;
  reservations: number;
  /** Reservations whose gift is gone, or whose holder has another one on it: kept to be read, and nothing else. */
  archived: number;
  products: number;
  notFound: number;
  /** Items of invitation-style sharing, which the original itself no longer has. */
  shares: number;
  /** Gifts whose counters are not the sum of their reservations; nothing was changed about them. */
  violations: { list_id: string; product_id: string }[];
  problems: string[];
}

const CHUNK = 1_000;
const MOST_VIOLATIONS = 1_000;
const MOST_SHOWN = 100;

/** Everything or nothing: throws a refusal that lists what cannot be read or clashes. */
export async function importOriginal(ctx: ListsContext, tables: OriginalTables): Promise<ImportReport> {
  const now = ctx.clock.now();
  const items: OriginalItem[] = [];
  for await (const row of tables.lists) items.push(readOriginalItem(row));
  const products = await readAll(tables.products, productRow, now);
  const notFound = await readAll(tables.notFound, notFoundRow, now);
  const users = items.flatMap((one) => (one.kind === 'user' ? [userRow(one, now)] : []));
  const lists = items.flatMap((one) => (one.kind === 'list' ? [listRow(one, now)] : []));
  const gifts = giftsOf(items, now);
  return ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const known = await selectKnownUsers(
      trx,
      users.map(({ email }) => String(email)),
      lists.map(({ owner_id: owner }) => String(owner)),
    );
    const problems = [
      ...items.flatMap((one) => (one.kind === 'unreadable' ? [one.problem] : [])),
      ...clashes(users, known.taken),
      ...ownerless(lists, new Set([...users.map(({ id }) => String(id)), ...known.ids])),
    ];
    if (problems.length > 0) refuse(problems);
    const { kept, archived } = sortReservations(items, { users, lists, gifts }, now);
    await write(trx, 'users', users);
    await write(trx, 'gift_lists', lists);
    await withOverclaimedGifts(trx, () => write(trx, 'gifts', gifts));
    await write(trx, 'reservations', kept);
    await write(trx, 'archived_reservations', archived);
    await write(trx, 'products', products);
    await write(trx, 'not_found_products', notFound);
    const violations = await selectViolations(trx, MOST_VIOLATIONS);
    const report = {
      users: users.length,
      lists: lists.length,
      gifts: gifts.length,
      reservations: kept.length,
      archived: archived.length,
      products: products.length,
      notFound: notFound.length,
      shares: items.filter(({ kind }) => kind === 'share').length,
      violations,
      problems: archived.map(({ id }) => `reservation ${id} is kept for reading only`),
    };
    const counts = { ...report, violations: violations.length, problems: report.problems.length };
    await ctx.events.append(trx, [listsEvent('lists.imported', null, [], counts)]);
    return report;
  });
}

async function readAll(
  rows: AsyncIterable<SourceRow> | undefined,
  read: (attributes: Record<string, unknown>, now: Date) => Row | undefined,
  now: Date,
): Promise<Row[]> {
  const found: Row[] = [];
  for await (const { line, fields } of rows ?? []) {
    const row = read(readDynamoItem(fields) ?? {}, now);
    if (!row) throw new CommandRefusal(`Line ${line} has no productId`);
    found.push(row);
  }
  return found;
}

/** In the order of their ids, which is all the order the original has. */
function giftsOf(items: OriginalItem[], now: Date): Row[] {
  const places = new Map<string, number>();
  return items
    .filter((one) => one.kind === 'gift')
    .toSorted((a, b) => (a.productId < b.productId ? -1 : 1))
    .map((one) => {
      const place = (places.get(one.listId) ?? 0) + 1;
      places.set(one.listId, place);
      return giftRow(one, place, now);
    });
}

function clashes(users: Row[], taken: string[]): string[] {
  const ids = new Map<string, string>();
  const twice = users.flatMap(({ id, email }) => {
    const canonical = String(email).replace(/@googlemail\.com$/, '@gmail.com');
    const other = ids.get(canonical);
    ids.set(canonical, String(id));
    return other === undefined ? [] : [`users ${other} and ${id} have one e-mail address`];
  });
  return [...twice, ...taken.map((id) => `there is an account with the e-mail address of user ${id} here`)];
}

function ownerless(lists: Row[], owners: Set<string>): string[] {
  return lists.flatMap(({ id, owner_id: owner }) =>
    owners.has(String(owner)) ? [] : [`list ${id} has no owner: user ${owner} is missing`],
  );
}

/** Those our table takes, and those that can only be kept as they were. */
function sortReservations(
  items: OriginalItem[],
  made: Record<'users' | 'lists' | 'gifts', Row[]>,
  now: Date,
) {
  const users = new Map(made.users.map((row) => [String(row.id), row]));
  const lists = new Map(made.lists.map((row) => [String(row.id), row]));
  const gifts = new Map(made.gifts.map((row) => [`${row.list_id} ${row.product_id}`, row]));
  const active = new Set<string>();
  const kept: Row[] = [];
  const archived: Row[] = [];
  for (const item of items) {
    if (item.kind !== 'reservation') continue;
    const gift = gifts.get(`${item.listId} ${item.productId}`);
    const facts = { list: lists.get(item.listId), gift, holder: users.get(item.holder) };
    const row = reservationRow(item, facts, now);
    const key = `${row.list_id} ${row.product_id} ${row.holder_key}`;
    const isSecond = row.state === 'reserved' && active.has(key);
    if (row.state === 'reserved') active.add(key);
    if (gift && facts.list && !isSecond) kept.push(row);
    else archived.push({ id: row.id, holder_key: row.holder_key, wire: wireOf(row) });
  }
  return { kept, archived };
}

function wireOf(row: Row): Row {
  return {
    reservationId: row.id,
    productId: row.product_id,
    userId: row.holder_key,
    listId: row.list_id,
    listOwnerId: row.list_owner_id,
    name: row.name,
    email: row.email,
    quantity: row.quantity,
    state: row.state,
    listTitle: row.list_title,
    productType: row.product_type,
  };
}

async function write(trx: Handle, table: Parameters<typeof insertJsonRows>[1], rows: Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK) {
    await insertJsonRows(
      trx,
      table,
      rows.slice(at, at + CHUNK).map((row) => JSON.stringify(row)),
    );
  }
}

function refuse(problems: string[]): never {
  const rest = problems.length - MOST_SHOWN;
  const lines = [...problems.slice(0, MOST_SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])];
  throw new CommandRefusal(`Nothing was imported:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
