// Reports that need more than one statement: internals sections 3.4.13 and 3.4.19.
import { financialYearOf, londonDay, londonMidnight } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import {
  type BilledService,
  countEmailsSent,
  type FinancialPeriod,
  findLastBillingRun,
  type LetterBill,
  listBilledServices,
  listLetterBills,
  listSmsBills,
} from './billing-report-queries.ts';
import { countAllByStatus, countFactsOfAll, type PlatformCount } from './platform-count-queries.ts';
import type { Days } from './volume-queries.ts';

const FAILURES = [
  'technical-failure',
  'permanent-failure',
  'temporary-failure',
  'virus-scan-failed',
] as const;
const ABROAD: ReadonlySet<string> = new Set(['europe', 'rest-of-world']);

interface ChannelFigures {
  total: number;
  'test-key': number;
  failures: Record<(typeof FAILURES)[number], number>;
}

/** Messages of all services in London days: of today from the messages themselves, of other days from their facts. */
export async function platformStatistics(ctx: NotifyContext, days: Days) {
  const today = londonDay(ctx.clock.now());
  const counts: PlatformCount[] = [];
  if (days.from <= today && days.to >= today) {
    counts.push(...(await countAllByStatus(ctx.db.kysely, londonMidnight(today))));
  }
  if (days.from < today) counts.push(...(await countFactsOfAll(ctx.db.kysely, { ...days, before: today })));
  const figures = { sms: noFigures(), email: noFigures(), letter: noFigures() };
  for (const { notification_type: type, notification_status: status, is_test: isTest, count } of counts) {
    const channel = figures[type];
    if (isTest) channel['test-key'] += count;
    else {
      channel.total += count;
      const failure = FAILURES.find((name) => name === status);
      if (failure) channel.failures[failure] += count;
    }
  }
  return figures;
}

function noFigures(): ChannelFigures {
  return {
    total: 0,
    'test-key': 0,
    failures: {
      'technical-failure': 0,
      'permanent-failure': 0,
      'temporary-failure': 0,
      'virus-scan-failed': 0,
    },
  };
}

/** What services that sent anything in the period owe, by organisation; those without one come last. */
export async function billingReport(ctx: NotifyContext, period: FinancialPeriod) {
  const { kysely } = ctx.db;
  const texts = new Map((await listSmsBills(kysely, period)).map((bill) => [bill.service_id, bill]));
  const letters = Map.groupBy(await listLetterBills(kysely, period), (bill) => bill.service_id);
  const ids = [...new Set([...texts.keys(), ...letters.keys()])];
  const services = await listBilledServices(kysely, { year: period.year, ids });
  return services.map((service) => {
    const ofService = letters.get(service.id) ?? [];
    return {
      organisation_id: service.organisation_id ?? '',
      organisation_name: service.organisation_name ?? '',
      service_id: service.id,
      service_name: service.name,
      sms_cost: texts.get(service.id)?.cost ?? 0,
      sms_chargeable_units: texts.get(service.id)?.charged_units ?? 0,
      ...letterFigures(ofService),
      letter_breakdown: ofService.map(letterLine).join(''),
      purchase_order_number: service.purchase_order_number,
      contact_names: service.billing_contact_names,
      contact_email_addresses: service.billing_contact_email_addresses,
      billing_reference: service.billing_reference,
    };
  });
}

function letterFigures(bills: readonly LetterBill[]) {
  return {
    total_letters: bills.reduce((sum, { letters }) => sum + letters, 0),
    letter_cost: pounds(bills.reduce((sum, { letters, rate }) => sum + letters * rate, 0)),
  };
}

/** `6 second class letters at 73p`, ended by a new line. */
function letterLine({ letters, postage, rate }: LetterBill): string {
  const kind = ABROAD.has(postage) ? 'international' : `${postage} class`;
  const price = rate >= 1 ? `£${rate.toFixed(2)}` : `${Math.round(rate * 100)}p`;
  return `${letters} ${kind} letters at ${price}\n`;
}

/** What the live services of an organisation used in a financial year. */
export async function usageOfOrganisation(ctx: NotifyContext, organisationId: string, year: number) {
  const { kysely } = ctx.db;
  const period = { year, from: `${year}-04-01`, to: `${year + 1}-03-31` };
  const texts = new Map(
    (await listSmsBills(kysely, period, organisationId)).map((bill) => [bill.service_id, bill]),
  );
  const letters = Map.groupBy(
    await listLetterBills(kysely, period, organisationId),
    (bill) => bill.service_id,
  );
  const emails = new Map(
    (await countEmailsSent(kysely, period, organisationId)).map((count) => [count.service_id, count.emails]),
  );
  const services = await listBilledServices(kysely, { year, organisationId });
  const isThisYear = year === financialYearOf(londonDay(ctx.clock.now()));
  return {
    services: services.map((service: BilledService) => {
      const text = texts.get(service.id);
      return {
        service_id: service.id,
        service_name: service.name,
        free_sms_limit: service.free_allowance,
        sms_remainder: Math.max(service.free_allowance - (text?.units ?? 0), 0),
        sms_billable_units: text?.units ?? 0,
        chargeable_billable_sms: text?.charged_units ?? 0,
        sms_cost: text?.cost ?? 0,
        letter_cost: letterFigures(letters.get(service.id) ?? []).letter_cost,
        emails_sent: emails.get(service.id) ?? 0,
        active: service.active,
      };
    }),
    updated_at: isThisYear ? await findLastBillingRun(kysely) : undefined,
  };
}

/** Prices have four decimals at most, so six keep every sum exact. */
function pounds(value: number): number {
  return Number(value.toFixed(6));
}
