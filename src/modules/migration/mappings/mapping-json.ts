// Between the mapping service's JSON and keys as text: spec section 3.6.
import type { Domain, MappingShape } from '../engine/domain.ts';
import { fromLocalDateTime, toLocalDateTime } from '../engine/local-time.ts';
import type { MappingRow, NewMapping } from './mapping-queries.ts';

const MAX_LABEL = 20;
const LONGEST_DPS_KEY = 64;

/** How the mappings of a domain look. Throws for a domain that keeps none; nothing of the mapping service is asked for it. */
export function shapeOf(domain: Pick<Domain, 'type' | 'mapping'>): MappingShape {
  if (!domain.mapping) throw new Error(`${domain.type} keeps no mappings`);
  return domain.mapping;
}

/** The row as the service prints it; absent label and time are left out. */
export function toMappingJson(
  shape: MappingShape,
  row: Omit<MappingRow, 'whenCreated' | 'extra'> & Partial<Pick<MappingRow, 'whenCreated' | 'extra'>>,
): Record<string, unknown> {
  return {
    ...nomisFieldsOf(shape, row.nomisKey),
    [shape.dpsField]: row.dpsKey,
    ...row.extra,
    ...(row.label === null ? {} : { label: row.label }),
    mappingType: row.mappingType,
    ...(row.whenCreated === undefined ? {} : { whenCreated: toLocalDateTime(row.whenCreated) }),
  };
}

/** `SENTENCE/12` as `{nomisAdjustmentCategory: 'SENTENCE', nomisAdjustmentId: 12}`. */
export function nomisFieldsOf(shape: MappingShape, key: string): Record<string, unknown> {
  const parts = key.split('/');
  return Object.fromEntries(
    shape.nomisFields.map((field, index) => [
      field.name,
      field.kind === 'integer' ? Number(parts[index]) : parts[index],
    ]),
  );
}

/** The key that the fields make, or undefined when one is missing or of the wrong kind. */
export function nomisKeyOf(shape: MappingShape, fields: Record<string, unknown>): string | undefined {
  const parts: string[] = [];
  for (const { name, kind, oneOf } of shape.nomisFields) {
    const value = fields[name];
    const isWhole =
      typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d{1,18}$/.test(String(value));
    if (value === undefined || value === null || (kind === 'integer' && !isWhole)) return undefined;
    const text = String(value);
    if (text === '' || text.includes('/') || (oneOf && !oneOf.includes(text))) return undefined;
    parts.push(text);
  }
  return parts.join('/');
}

/** What is wrong with a body, in the words of the service, or the mapping it asks for. */
export function readMappingJson(
  domain: Domain,
  body: Record<string, unknown>,
): { mapping: NewMapping } | { problem: string } {
  const shape = shapeOf(domain);
  const nomisKey = nomisKeyOf(shape, body);
  if (nomisKey === undefined) {
    return { problem: `${shape.nomisFields.map((field) => field.name).join(' and ')} must be given` };
  }
  const dpsKey = body[shape.dpsField];
  const longest = shape.maxDpsKey ?? LONGEST_DPS_KEY;
  if (typeof dpsKey !== 'string' || dpsKey.trim() === '' || dpsKey.length > longest) {
    return { problem: `${shape.dpsField} must be a text of 1 to ${longest} characters` };
  }
  const label = body.label ?? null;
  if (label !== null && (typeof label !== 'string' || label.length > MAX_LABEL)) {
    return { problem: `label must be a text of at most ${MAX_LABEL} characters` };
  }
  const mappingType = body.mappingType;
  if (typeof mappingType !== 'string' || !shape.mappingTypes.includes(mappingType)) {
    return { problem: `mappingType must be one of ${shape.mappingTypes.join(', ')}` };
  }
  const extras = (shape.extraFields ?? []).filter((name) => body[name] !== undefined);
  const extra = extras.length === 0 ? null : Object.fromEntries(extras.map((name) => [name, body[name]]));
  return { mapping: { nomisKey, dpsKey, label, mappingType, extra } };
}

/** A row of another mapping service. */
export function fromMappingJson(shape: MappingShape, json: Record<string, unknown>): MappingRow {
  const whenCreated = json.whenCreated;
  return {
    nomisKey: nomisKeyOf(shape, json) ?? '',
    dpsKey: String(json[shape.dpsField]),
    label: typeof json.label === 'string' ? json.label : null,
    mappingType: String(json.mappingType),
    extra: null,
    whenCreated: typeof whenCreated === 'string' ? fromLocalDateTime(whenCreated.slice(0, 19)) : new Date(0),
  };
}

/** `VisitMappingDto(nomisId=1, vsipId=a, label=null, ...)`: clients show this text to people. */
export function describeMapping(shape: MappingShape, row: Parameters<typeof toMappingJson>[1]): string {
  const json = toMappingJson(shape, row);
  const fields = { ...json, label: json.label ?? null, whenCreated: json.whenCreated ?? null };
  const text = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return `${shape.dtoName}(${text.join(', ')})`;
}

/** `/mapping/visits/nomisId/{nomisId}` filled in. */
export function fillPath(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(String(values[name] ?? '')),
  );
}
