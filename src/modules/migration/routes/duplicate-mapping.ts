import type { Domain } from '../engine/domain.ts';
import { describeMapping, shapeOf, toMappingJson } from '../mappings/mapping-json.ts';
import type { MappingRow, NewMapping } from '../mappings/mapping-queries.ts';

const DUPLICATE_ERROR_CODE = 1409;

/** The 409 of the mapping service, which names both rows: spec section 3.6.1. */
export function duplicateBody(domain: Domain, duplicate: NewMapping, existing: MappingRow) {
  const shape = shapeOf(domain);
  const plain = { ...duplicate, extra: duplicate.extra ?? null };
  const message =
    `${shape.noun} mapping already exists.\n` +
    `Existing mapping: ${describeMapping(shape, existing)}\nDuplicate mapping: ${describeMapping(shape, plain)}`;
  return {
    moreInfo: { duplicate: toMappingJson(shape, plain), existing: toMappingJson(shape, existing) },
    status: '409 CONFLICT',
    errorCode: DUPLICATE_ERROR_CODE,
    userMessage: `Conflict: ${message}`,
    developerMessage: message,
  };
}
