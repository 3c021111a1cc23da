import { readDynamoItem, type SourceRow } from '#platform/files';
import { isProductId } from '../domain/identifiers.ts';
import type { Product } from '../domain/product.ts';
import type { ProductTeam, ProductTeamKey } from '../domain/product-team.ts';
import { isStorable } from '../domain/text.ts';
import { isRecord } from '../requests/request-object.ts';

/** A party of the original's table; a deleted one has the time of its deletion. */
export type OriginalParty =
  | { kind: 'product_team'; line: number; party: ProductTeam; deletedOn: string | null }
  | { kind: 'product'; line: number; party: Product; deletedOn: string | null };

/** What a row of the original's table is: a party, the copy of a team under an alias, or nothing that can be read. */
export type OriginalRow =
  | OriginalParty
  | { kind: 'alias'; line: number; alias: string; teamId: string; retiredAtMs: number | null }
  | { kind: 'unreadable'; line: number; problem: string };

/**
 * Reads an item of the original's one table (spec section 4.1), in DynamoDB's typed JSON as an export has it or in plain
 * JSON.
 */
export function readOriginalRow({ line, fields }: SourceRow): OriginalRow {
  const item = readDynamoItem(fields);
  if (!item) return { kind: 'unreadable', line, problem: 'is no item' };
  try {
    return readItem(line, item);
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    return { kind: 'unreadable', line, problem: error.message };
  }
}

class RowProblem extends Error {}

type Item = Record<string, unknown>;

function readItem(line: number, item: Item): OriginalRow {
  const type = item.row_type;
  if (type === 'product_team') {
    return { kind: type, line, party: readTeam(item), deletedOn: deletionOf(item) };
  }
  if (type === 'product') return { kind: type, line, party: readProduct(item), deletedOn: deletionOf(item) };
  if (type !== 'product_team_alias') throw new RowProblem(`has the row_type ${JSON.stringify(type)}`);
  const key = text(item, 'pk').replace(/^PT#/, '');
  // A retired alias is followed by the time of its retirement.
  const [, retired, ms] = /^(.{36})-(\d{12,})$/.exec(key) ?? [];
  const retiredAtMs = ms === undefined ? null : Number(ms);
  return { kind: 'alias', line, alias: retired ?? key, teamId: text(item, 'id'), retiredAtMs };
}

function readTeam(item: Item): ProductTeam {
  const keys = Array.isArray(item.keys) ? item.keys : [];
  return {
    id: text(item, 'id'),
    name: text(item, 'name'),
    odsCode: text(item, 'ods_code'),
    createdOn: timestamp(item.created_on),
    keys: keys.map(readKey),
  };
}

function readKey(key: unknown): ProductTeamKey {
  if (!isRecord(key) || key.key_type !== 'product_team_id')
    throw new RowProblem('has a key of an unknown type');
  return { key_type: 'product_team_id', key_value: text(key, 'key_value') };
}

function readProduct(item: Item): Product {
  const id = text(item, 'id');
  if (!isProductId(id)) throw new RowProblem(`has the product id ${id}`);
  return {
    id,
    cpmProductTeamId: text(item, 'cpm_product_team_id'),
    productTeamId: typeof item.product_team_id === 'string' ? text(item, 'product_team_id') : null,
    name: text(item, 'name'),
    odsCode: text(item, 'ods_code'),
    createdOn: timestamp(item.created_on),
  };
}

function deletionOf(item: Item): string | null {
  if (item.status === 'active') return null;
  if (item.status !== 'inactive') throw new RowProblem(`has the status ${JSON.stringify(item.status)}`);
  return timestamp(item.deleted_on);
}

function text(item: Item, name: string): string {
  const value = item[name];
  if (typeof value !== 'string' || value === '' || !isStorable(value)) {
    throw new RowProblem(`has no usable ${name}`);
  }
  return value;
}

const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?(?:\+00:00|Z)$/;

/** Both forms that the original stores, the second after a deletion, in the form of the wire. */
function timestamp(value: unknown): string {
  const [, day, time, fraction = ''] = TIMESTAMP.exec(typeof value === 'string' ? value : '') ?? [];
  if (day === undefined || time === undefined || Number.isNaN(Date.parse(`${day}T${time}Z`))) {
    throw new RowProblem(`has the time ${JSON.stringify(value)}`);
  }
  return `${day}T${time}.${fraction.padEnd(6, '0')}+00:00`;
}
