import type { RedriveOptions } from '#platform/jobs';
import type { FieldError, FormFields } from '../../forms.ts';

const MOST_CANARY = 1_000;
const FASTEST = 10_000;

/** How a run goes: a few first, at most so many a second, paused when too many fail again. */
export function readRedriveForm(form: FormFields): {
  options: Omit<RedriveOptions, 'actor'>;
  errors: FieldError[];
} {
  const errors: FieldError[] = [];
  const read = (field: string, label: string, range: { min: number; max: number }): number | undefined => {
    const text = form.text(field);
    if (text === '') return undefined;
    const value = Number(text);
    if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
    const limits = `${range.min} to ${range.max.toLocaleString('en-GB')}`;
    errors.push({ field, message: `${label} must be a whole number from ${limits}, or empty` });
    return undefined;
  };
  const canary = read('canary', 'Jobs to try first', { min: 0, max: MOST_CANARY });
  const ratePerSecond = read('rate', 'Jobs per second', { min: 1, max: FASTEST });
  const percent = read('errorRate', 'Percentage', { min: 0, max: 100 });
  return {
    options: {
      ...(canary === undefined ? {} : { canary }),
      ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
      ...(percent === undefined ? {} : { pauseOnErrorRate: percent / 100 }),
    },
    errors,
  };
}
