// The fields of the form that starts a run, from the schema of the domain's filter.
import { Compile } from 'typebox/compile';
import type { FieldError, FormFields } from '#platform/console';
import type { Domain } from '../engine/domain.ts';

export interface FilterField {
  name: string;
  label: string;
  hint: string;
  kind: 'list' | 'text' | 'flag';
}

/** As JSON Schema prints a member of a filter, null allowed. */
interface Member {
  title?: string;
  description?: string;
  type?: string;
  anyOf?: Member[];
}

const LISTS_HINT = 'Several with commas';

/** Members without a title are there for clients of another age and have no field. */
export function filterFields(domain: Domain): FilterField[] {
  return Object.entries(domain.bulk?.filter.properties ?? {}).flatMap(([name, schema]) => {
    const union = schema as Member;
    const member = union.anyOf?.find(({ type }) => type !== 'null') ?? union;
    if (member.title === undefined) return [];
    const kind = member.type === 'array' ? 'list' : member.type === 'boolean' ? 'flag' : 'text';
    const hints = [member.description, kind === 'list' ? LISTS_HINT : undefined];
    const hint = hints.filter((text) => text !== undefined).join('. ');
    return [{ name, label: member.title, hint, kind }];
  });
}

/** The body of a start request, without what was left empty. */
export function readFilterForm(
  domain: Domain,
  form: FormFields,
): { body: Record<string, unknown> } | { errors: FieldError[] } {
  const body: Record<string, unknown> = {};
  for (const { name, kind } of filterFields(domain)) {
    const text = form.text(name);
    if (kind === 'flag') body[name] = text === 'yes';
    else if (text !== '') body[name] = kind === 'list' ? partsOf(text) : text;
  }
  if (!domain.bulk || Compile(domain.bulk.filter).Check(body)) return { body };
  const wrong = filterFields(domain).find(({ name }) => {
    const { [name]: value } = body;
    return value !== undefined && domain.bulk && !Compile(domain.bulk.filter).Check({ [name]: value });
  });
  const message = `${wrong?.label ?? 'The filter'} cannot be read; ${wrong?.hint || 'look at it again'}`;
  return { errors: [{ field: wrong?.name ?? '', message }] };
}

/** What a run was asked to move, by the labels of the form; empty members and flags that are off say nothing. */
export function filterInWords(domain: Domain, filter: string): { label: string; value: string }[] {
  // Stored by this module as a JSON object, whatever version it was.
  const body = JSON.parse(filter) as Record<string, unknown>;
  const labels = new Map(filterFields(domain).map(({ name, label }) => [name, label]));
  return Object.entries(body).flatMap(([name, value]) => {
    if (value === null || value === false || value === '' || (Array.isArray(value) && value.length === 0))
      return [];
    const words = Array.isArray(value) ? value.join(', ') : value === true ? 'yes' : String(value);
    return [{ label: labels.get(name) ?? name, value: words }];
  });
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
