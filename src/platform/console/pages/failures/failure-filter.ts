import { FAILURE_STATES, type FailureFilter, type FailureState } from '#platform/jobs';
import type { ConsoleContext } from '../../console-context.ts';
import type { FieldError, FormFields } from '../../forms.ts';
import { rangeInWords, readTimeRange } from '../../time-range.ts';

/** Names of the fields, in the address of the list and in the forms that act on what it shows. */
export const filterFields = [
  'module',
  'task',
  'cause',
  'key',
  'correlationId',
  'range',
  'from',
  'to',
] as const;

export interface ReadFilter {
  filter: FailureFilter;
  /** Narrows to tasks whose names start with it. */
  module: string;
  errors: FieldError[];
}

export function readFailureFilter(query: FormFields, now: Date): ReadFilter {
  const { range, errors } = readTimeRange(query, now);
  const filter: FailureFilter = { ...range };
  for (const name of ['task', 'cause', 'key', 'correlationId'] as const) {
    const text = query.text(name);
    if (text !== '') filter[name] = text;
  }
  return { filter, module: query.text('module'), errors };
}

/** Absent means failed for good, the ones that wait for a person; `all` means any state. */
export function readState(query: FormFields): FailureState | undefined {
  const text = query.text('state');
  if (text === 'all') return undefined;
  return FAILURE_STATES.find((state) => state === text) ?? 'failed';
}

const stateTexts: Record<FailureState, string> = {
  failed: 'Failed, waiting for a person',
  retrying: 'Retrying by itself',
  redriven: 'Running again',
  ignored: 'Ignored',
  recovered: 'Recovered',
};

export function stateInWords(state: FailureState | undefined): string {
  return state === undefined ? 'any' : stateTexts[state].toLowerCase();
}

export function stateOptions(chosen: FailureState | undefined) {
  const known = FAILURE_STATES.map((state) => ({ value: state as string, text: stateTexts[state] }));
  return [...known, { value: 'all', text: 'Any state' }].map((option) => ({
    ...option,
    selected: option.value === (chosen ?? 'all'),
  }));
}

export function moduleOptions(ctx: ConsoleContext, chosen: string) {
  const known = ctx.modules.map(({ name, title }) => ({ value: name, text: title }));
  return [{ value: '', text: 'All modules' }, ...known].map((option) => ({
    ...option,
    selected: option.value === chosen,
  }));
}

const filterLabels: Record<(typeof filterFields)[number], string> = {
  module: 'Module',
  task: 'Task',
  cause: 'Cause',
  key: 'Key',
  correlationId: 'Correlation id',
  range: 'Last failed within',
  from: 'Last failed from',
  to: 'Last failed before',
};

/** The fields that narrow the list, with what they hold as it is sent and as it is read. */
export function chosenFields(ctx: ConsoleContext, fields: FormFields) {
  return filterFields.flatMap((name) => {
    const value = fields.text(name);
    if (value === '') return [];
    return [{ name, value, label: filterLabels[name], shown: inWords(ctx, name, value) }];
  });
}

function inWords(ctx: ConsoleContext, name: (typeof filterFields)[number], value: string): string {
  if (name === 'module') return ctx.modules.find((module) => module.name === value)?.title ?? value;
  if (name === 'range') return rangeInWords(value);
  return name === 'from' || name === 'to' ? value.replace('T', ' ') : value;
}
