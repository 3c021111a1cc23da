import type { ProductTeamKey } from '../domain/product-team.ts';
import { PartiesError } from '../errors.ts';
import { isRecord, readObject, refuseUnknown } from './request-object.ts';
import { Problems, readName, readText } from './text-field.ts';

export interface CreateProductTeamRequest {
  odsCode: string;
  name: string;
  keys: ProductTeamKey[];
}

const MODEL = 'CreateProductTeamIncomingParams';
const KEY_TYPE = 'product_team_id';
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** The parsed body of POST /ProductTeam (spec section 3.6). Throws one PartiesError with every problem in contract order. */
export function readCreateProductTeam(body: unknown): CreateProductTeamRequest {
  const value = readObject(body, MODEL);
  const problems = new Problems();
  const odsCode = readText(own(value, 'ods_code'), `${MODEL}.ods_code`, problems);
  const name = readName(own(value, 'name'), `${MODEL}.name`, problems);
  const keys = readKeys(own(value, 'keys'), problems);
  refuseUnknown(value, ['ods_code', 'name', 'keys'], MODEL, problems);
  if (problems.items.length > 0 || odsCode === undefined || name === undefined) {
    throw new PartiesError(problems.items);
  }
  return { odsCode, name, keys };
}

function readKeys(value: unknown, problems: Problems): ProductTeamKey[] {
  const place = `${MODEL}.keys`;
  if (value === undefined) return [];
  if (value === null) problems.invalid(place, 'none is not an allowed value');
  else if (!Array.isArray(value)) problems.invalid(place, 'value is not a valid list');
  else {
    const keys = value.map((element, index) => readKey(element, `${place}.${index}`, problems));
    const good = keys.filter((key) => key !== undefined);
    if (good.length === keys.length && good.length > 1) {
      problems.invalid(place, 'Ensure that product_team_id only exists once within keys.');
    }
    return good;
  }
  return [];
}

/** Members of a key that nobody knows are dropped in silence. */
function readKey(value: unknown, place: string, problems: Problems): ProductTeamKey | undefined {
  if (value === null) problems.invalid(place, 'none is not an allowed value');
  else if (!isRecord(value)) problems.invalid(place, 'value is not a valid dict');
  else {
    const isKnownType = readKeyType(own(value, 'key_type'), `${place}.key_type`, problems);
    const keyValue = readText(own(value, 'key_value'), `${place}.key_value`, problems);
    // A bad type hides the check of its value, as in the original.
    if (keyValue === undefined || !isKnownType) return undefined;
    if (UUID.test(keyValue)) return { key_type: KEY_TYPE, key_value: keyValue };
    problems.invalid(
      `${place}.key_value`,
      `Key '${keyValue}' does not match the expected pattern '${UUID.source}' associated with key type '${KEY_TYPE}'`,
    );
  }
  return undefined;
}

function readKeyType(value: unknown, place: string, problems: Problems): boolean {
  if (value === undefined) problems.missing(place);
  else if (value === null) problems.invalid(place, 'none is not an allowed value');
  else if (value !== KEY_TYPE) {
    problems.invalid(place, `value is not a valid enumeration member; permitted: '${KEY_TYPE}'`);
  } else return true;
  return false;
}

/** Own members only: `{}` has no `constructor` of ours, and a field may be called `__proto__`. */
function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
