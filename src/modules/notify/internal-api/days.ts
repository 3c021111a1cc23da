// London days in queries, and the financial year they must lie in: internals section 3.4.19.
import { financialYearOf, londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { midnightOf } from '../message-log/statistics.ts';
import type { FinancialPeriod } from '../platform-reports/billing-report-queries.ts';
import type { Days } from '../platform-reports/volume-queries.ts';
import { refusal } from './fields.ts';
import { queryText } from './requests.ts';

type Query = Record<string, string | string[]>;

/** `start_date` and `end_date`; today for what is missing. */
export function readDays(ctx: Pick<NotifyContext, 'clock'>, query: Query): Days {
  const today = londonDay(ctx.clock.now());
  return { from: readDay(query, 'start_date') ?? today, to: readDay(query, 'end_date') ?? today };
}

/** Both must be there, in order and in one financial year. */
export function readFinancialPeriod(query: Query): FinancialPeriod {
  const [from, to] = [readDay(query, 'start_date'), readDay(query, 'end_date')];
  if (from === undefined || to === undefined) throw notADay();
  if (from > to) throw refusal(400, 'Start date must be before end date');
  const year = financialYearOf(from);
  if (year !== financialYearOf(to)) throw refusal(400, 'Date must be in a single financial year.');
  return { year, from, to };
}

function readDay(query: Query, name: string): string | undefined {
  const text = queryText(query, name);
  if (text !== undefined && !midnightOf(text)) throw notADay();
  return text;
}

function notADay() {
  return refusal(400, 'Input must be a date in the format: YYYY-MM-DD');
}
