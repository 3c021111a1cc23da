import { PartiesError } from '../errors.ts';
import { readObject, refuseUnknown } from './request-object.ts';
import { Problems, readName } from './text-field.ts';

const MODEL = 'CreateCpmProductIncomingParams';

/** The parsed body of POST /ProductTeam/{id}/Product (spec section 3.6): a name and nothing else. */
export function readCreateProduct(body: unknown): { name: string } {
  const value = readObject(body, MODEL);
  const problems = new Problems();
  const given = Object.hasOwn(value, 'name') ? value.name : undefined;
  const name = readName(given, `${MODEL}.name`, problems);
  refuseUnknown(value, ['name'], MODEL, problems);
  if (problems.items.length > 0 || name === undefined) throw new PartiesError(problems.items);
  return { name };
}
