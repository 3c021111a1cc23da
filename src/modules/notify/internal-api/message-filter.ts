import { readUuid } from '../auth/uuid-text.ts';
import { addDays, londonDay, londonMidnight } from '../calendar/london.ts';
import type { MessageFilter } from '../message-log/message-queries.ts';
import { normaliseSearchTerm } from '../message-log/search-term.ts';
import { expandStatusFilter, FILTER_STATUSES } from '../notifications/notification.ts';
import { NOTIFICATION_TYPES } from '../services/service.ts';
import { refusal } from './fields.ts';

type Values = Record<string, unknown>;

const PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 10_000;
const NOWHERE = '00000000-0000-0000-0000-000000000000';

export const REPEATABLE = ['template_type', 'status'];

export interface MessagePage {
  filter: MessageFilter;
  page: number;
  pageSize: number;
  hasLinks: boolean;
  isForCsv: boolean;
}

/** A filter as query or body: internals section 3.4.9. */
export function readMessageFilter(values: Values, serviceId: string, now: Date): MessagePage {
  const types = list(values.template_type, 'template_type', NOTIFICATION_TYPES);
  const statuses = list(values.status, 'status', FILTER_STATUSES);
  const page = positive(values.page, 'page') ?? 1;
  const pageSize = Math.min(positive(values.page_size, 'page_size') ?? PAGE_SIZE, MAX_PAGE_SIZE);
  const days = wholeDays(values.limit_days);
  const to = typeof values.to === 'string' && values.to.trim() !== '' ? values.to : undefined;
  const filter: MessageFilter = {
    serviceId,
    types,
    statuses: statuses && expandStatusFilter(statuses),
    withTestKeys: to === undefined && flag(values.include_from_test_key, false),
    withJobs: flag(values.include_jobs, true),
    withOneOffs: flag(values.include_one_off, true),
    since: days === undefined ? undefined : londonMidnight(addDays(londonDay(now), -days)),
    search:
      to === undefined ? undefined : { recipient: normaliseSearchTerm(to, types), reference: to.trim() },
    olderThan: values.older_than === undefined ? undefined : (readUuid(values.older_than) ?? NOWHERE),
    limit: pageSize,
    offset: (page - 1) * pageSize,
  };
  return {
    filter,
    page,
    pageSize,
    hasLinks: flag(values.count_pages, true),
    isForCsv: flag(values.format_for_csv, false),
  };
}

function list(value: unknown, name: string, known: readonly string[]): string[] | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) return undefined;
  for (const one of values) {
    if (!known.includes(one as string)) throw refusal(400, { [name]: ['Not a valid choice.'] });
  }
  return values as string[];
}

function positive(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'number' ? value : /^\d{1,9}$/.test(String(value)) ? Number(value) : 0;
  if (!Number.isSafeInteger(number) || number < 1) throw refusal(400, { [name]: ['Not a positive integer'] });
  return number;
}

/** 0 is today. */
function wholeDays(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!/^\d{1,5}$/.test(String(value))) throw refusal(400, { limit_days: ['Not a valid integer.'] });
  return Number(value);
}

function flag(value: unknown, fallback: boolean): boolean {
  if (value === undefined || value === null || value === '') return fallback;
  return value === true || ['true', '1', 'yes'].includes(String(value).toLowerCase());
}
