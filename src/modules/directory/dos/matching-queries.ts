import { sql } from 'kysely';
import type { Handle } from '#platform/db';
import type { MatchedService } from './dos-service.ts';
import { ACTIVE, ALWAYS_ACTIVE_TYPES, SWITCHABLE_STATUSES, SWITCHED_TYPES } from './service-types.ts';

const ALPHANUMERIC = /^[0-9A-Za-z]{5}$/;

/**
 * The services that match each ODS code of five characters (6.5), in the order of their ids. Codes are compared
 * literally and case-sensitively (D-05).
 *
 * `services.odscode` has a plain btree in the collation of the database, which may not be C, and only a condition in
 * that same collation can use it. So each code becomes a range that holds every code starting with it in C and in
 * linguistic collations alike, where digits come before letters, and `left()` then decides exactly. With 17,600
 * services, 100 codes take about 1 ms by index; a scan of the table takes 6 ms. Codes with other characters, which
 * collations order in their own ways, are looked up by scan.
 */
export async function findMatchingServices(
  handle: Handle,
  odsCodes: readonly string[],
): Promise<Map<string, MatchedService[]>> {
  const matches = new Map<string, MatchedService[]>(odsCodes.map((code) => [code, []]));
  // No text in PostgreSQL holds U+0000 or half a surrogate pair, so such a code matches nothing.
  const codes = [...matches.keys()].filter((code) => code.isWellFormed() && !code.includes('\u0000'));
  const indexed = codes.filter((code) => ALPHANUMERIC.test(code));
  const scanned = codes.filter((code) => !ALPHANUMERIC.test(code));
  const rows = [
    ...(indexed.length > 0 ? await findByRange(handle, indexed) : []),
    ...(scanned.length > 0 ? await findByScan(handle, scanned) : []),
  ];
  for (const { code, ...service } of rows) matches.get(code)?.push(service);
  return matches;
}

/** Which of these services are active at this moment. */
export async function findActive(handle: Handle, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`
    select id from services where id = any(${ids}::int[]) and statusid = ${ACTIVE}`.execute(handle);
  return new Set(rows.map(({ id }) => id));
}

type MatchRow = MatchedService & { code: string };

const columns = sql`s.id, s.uid, s.name, s.odscode as "odsCode", s.address, s.postcode,
  s.typeid as "typeId", t.name as "typeName", s.statusid as "statusId", st.name as "statusName"`;

const names = sql`
  join servicetypes t on t.id = s.typeid
  join servicestatuses st on st.id = s.statusid`;

const isHandled = sql`(
  (s.typeid = any(${ALWAYS_ACTIVE_TYPES}) and s.statusid = ${ACTIVE})
  or (s.typeid = any(${SWITCHED_TYPES}) and s.statusid = any(${SWITCHABLE_STATUSES})))`;

async function findByRange(handle: Handle, codes: string[]): Promise<MatchRow[]> {
  // `offset 0` keeps the planner from turning the range into a join over the whole table.
  const { rows } = await sql<MatchRow>`
    select given.code, ${columns}
    from unnest(${codes}::text[], ${codes.map(firstTextBeyond)}::text[]) as given (code, beyond)
    cross join lateral (
      select * from services s
      where s.odscode >= given.code and s.odscode < given.beyond and left(s.odscode, 5) = given.code
      offset 0
    ) s ${names}
    where ${isHandled}
    order by s.id`.execute(handle);
  return rows;
}

async function findByScan(handle: Handle, codes: string[]): Promise<MatchRow[]> {
  const { rows } = await sql<MatchRow>`
    select left(s.odscode, 5) as code, ${columns}
    from services s ${names}
    where left(s.odscode, 5) = any(${codes}::text[]) and ${isHandled}
    order by s.id`.execute(handle);
  return rows;
}

/** The next code in an order of digits before letters: `FA119` gives `FA11A`, `FA11Z` gives `FA12`. */
export function firstTextBeyond(code: string): string {
  for (let at = code.length - 1; at >= 0; at--) {
    const next = nextCharacter(code.charAt(at));
    if (next !== null) return code.slice(0, at) + next;
  }
  return '\u{10ffff}';
}

function nextCharacter(character: string): string | null {
  if (character === '9') return 'A';
  if (character === 'Z' || character === 'z') return null;
  return String.fromCharCode(character.charCodeAt(0) + 1);
}
