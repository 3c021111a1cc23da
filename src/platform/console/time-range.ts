import type { FieldError, FormFields } from './forms.ts';
import { parseLondon } from './times.ts';

const ranges = [
  { value: '', text: 'Any time', ms: undefined },
  { value: '15m', text: 'Last 15 minutes', ms: 900_000 },
  { value: '1h', text: 'Last hour', ms: 3_600_000 },
  { value: '24h', text: 'Last 24 hours', ms: 86_400_000 },
  { value: '7d', text: 'Last 7 days', ms: 604_800_000 },
  { value: '30d', text: 'Last 30 days', ms: 2_592_000_000 },
] as const;

export interface TimeRange {
  since?: Date;
  until?: Date;
}

/** Options of the time filter, the chosen one marked. */
export function rangeOptions(chosen: string) {
  return ranges.map(({ value, text }) => ({ value, text, selected: value === chosen }));
}

/** A chosen range in words, such as `last hour`. */
export function rangeInWords(chosen: string): string {
  return (ranges.find(({ value }) => value === chosen)?.text ?? chosen).toLowerCase();
}

/** The fields `range`, or the exact `from` and `to`, which win. */
export function readTimeRange(query: FormFields, now: Date): { range: TimeRange; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const from = readTime(query, { field: 'from', label: 'From', errors });
  const to = readTime(query, { field: 'to', label: 'To', errors });
  if (from && to && from >= to) errors.push({ field: 'to', message: '“To” must be after “From”' });
  const ms = ranges.find(({ value }) => value === query.text('range'))?.ms;
  const since = from ?? (ms === undefined ? undefined : new Date(now.getTime() - ms));
  return { range: { ...(since ? { since } : {}), ...(to ? { until: to } : {}) }, errors };
}

function readTime(
  query: FormFields,
  { field, label, errors }: { field: string; label: string; errors: FieldError[] },
): Date | undefined {
  const text = query.text(field);
  if (text === '') return undefined;
  const time = parseLondon(text);
  if (!time) errors.push({ field, message: `“${label}” must be a date and time, like 2026-03-31T14:30` });
  return time;
}
