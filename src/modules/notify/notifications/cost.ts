import type { NotificationRow, StoredRates } from './notification-queries.ts';

/** A number that keeps its decimal point in JSON: clients compare `0.0` strictly (public section 3.1). */
export function float(value: number): unknown {
  // A cast, for the library types of this TypeScript do not have JSON.rawJSON yet; Node has had it since version 22.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return rawJSON(Number.isInteger(value) ? `${value}.0` : String(value));
}

export interface CostFields {
  is_cost_data_ready: boolean;
  cost_in_pounds: unknown;
  cost_details: Record<string, unknown>;
}

const NOT_READY: CostFields = { is_cost_data_ready: false, cost_in_pounds: null, cost_details: {} };
const UNBILLED = new Set(['cancelled', 'technical-failure', 'validation-failed', 'virus-scan-failed']);

type Costed = Pick<
  NotificationRow,
  | 'notification_type'
  | 'notification_status'
  | 'billable_units'
  | 'rate_multiplier'
  | 'postage'
  | 'created_at'
  | 'key_type'
>;

/** Public section 6.14. A missing rate leaves the cost not ready instead of failing the request. */
export function costOf(row: Costed, rates: StoredRates): CostFields {
  if (row.notification_type === 'email') {
    return { is_cost_data_ready: true, cost_in_pounds: float(0), cost_details: {} };
  }
  return row.notification_type === 'sms' ? smsCost(row, rates) : letterCost(row, rates);
}

function smsCost(row: Costed, rates: StoredRates): CostFields {
  if (row.notification_status === 'created' && row.billable_units === 0) return NOT_READY;
  const rate = rates.sms.find((candidate) => candidate.valid_from <= row.created_at);
  if (!rate) return NOT_READY;
  const multiplier = Number(row.rate_multiplier ?? 1);
  return {
    is_cost_data_ready: true,
    cost_in_pounds: float(pounds(row.billable_units * multiplier, rate.rate)),
    cost_details: {
      billable_sms_fragments: row.billable_units,
      international_rate_multiplier: float(multiplier),
      sms_rate: float(Number(rate.rate)),
    },
  };
}

function letterCost(row: Costed, rates: StoredRates): CostFields {
  const { notification_status: status, billable_units: sheets, postage } = row;
  if (status === 'pending-virus-check') return NOT_READY;
  const details = (billable: number) => ({ billable_sheets_of_paper: billable, postage });
  if (UNBILLED.has(status)) {
    return { is_cost_data_ready: true, cost_in_pounds: float(0), cost_details: details(0) };
  }
  if (sheets === 0) {
    if (status === 'created') return NOT_READY;
    return { is_cost_data_ready: true, cost_in_pounds: float(0), cost_details: details(0) };
  }
  const rate = rates.letters.find(
    (candidate) =>
      candidate.post_class === postage &&
      candidate.sheet_count === sheets &&
      candidate.start_date <= row.created_at &&
      (candidate.end_date === null || candidate.end_date > row.created_at),
  );
  if (!rate) return NOT_READY;
  return {
    is_cost_data_ready: true,
    cost_in_pounds: float(Number(rate.rate)),
    cost_details: details(sheets),
  };
}

/** `units` times a price given in decimal digits, without the error of binary fractions. */
function pounds(units: number, rate: string): number {
  return Number((units * Number(rate)).toFixed(6));
}
