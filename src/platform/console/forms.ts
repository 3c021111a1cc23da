import type { FastifyRequest } from 'fastify';

/** What a person typed: every field a trimmed text, absent ones empty. */
export interface FormFields {
  text(name: string): string;
  /** As typed: passwords may begin with a space. */
  raw(name: string): string;
  /** All values of checkboxes that share a name. */
  list(name: string): string[];
  /** The fields by name, to show the form again. */
  values: Record<string, string>;
}

export interface FieldError {
  /** Id of the field, so that the summary can lead to it; empty for an error of the whole form. */
  field: string;
  message: string;
}

export function readForm(request: FastifyRequest): FormFields {
  return readFields(request.body);
}

export function readQuery(request: FastifyRequest): FormFields {
  return readFields(request.query);
}

/** The shape views need: a list for the summary and a message by field. */
export function errorsForView(errors: FieldError[]) {
  return {
    summary: errors.map(({ field, message }) => ({
      text: message,
      ...(field === '' ? {} : { href: `#${field}` }),
    })),
    byField: Object.fromEntries(errors.map(({ field, message }) => [field, { text: message }])),
  };
}

function readFields(source: unknown): FormFields {
  const fields = (typeof source === 'object' && source !== null ? source : {}) as Record<string, unknown>;
  const first = (name: string): string => {
    const value = fields[name];
    const single = Array.isArray(value) ? value[0] : value;
    return typeof single === 'string' ? single : '';
  };
  return {
    raw: first,
    text: (name) => first(name).trim(),
    list: (name) => {
      const value = fields[name] ?? [];
      return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
    },
    values: Object.fromEntries(
      Object.keys(fields)
        .filter((name) => name !== '_csrf')
        .map((name) => [name, first(name).trim()]),
    ),
  };
}
