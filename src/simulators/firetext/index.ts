import { json } from '../frame/replies.ts';
import type { Simulator } from '../frame/simulator.ts';
import { type ReceiptCall, type SmsDialect, startSmsProvider } from '../sms-provider/sms-provider.ts';

/** Takes text messages as Firetext's form interface does, reports on them and passes on received texts. */
export const firetextSimulator: Simulator = {
  name: 'firetext',
  title: 'Firetext',
  standsFor: 'Firetext, which sends and receives text messages',
  setting: 'FIRETEXT_URL',
  start: async (context) => startSmsProvider(firetext, context),
};

/** What each outcome is reported as; a temporary failure is pending first. */
const RECEIPTS = {
  delivered: [{ status: '0', code: '000' }],
  'temporary-failure': [{ status: '2' }, { status: '1', code: '102' }],
  'permanent-failure': [{ status: '1', code: '101' }],
} as const;

const firetext: SmsDialect = {
  name: 'firetext',
  title: 'Firetext',
  defaults: {
    receiptPath: '/notifications/sms/firetext',
    inboundPath: '/notifications/sms/receive/firetext',
    inboundUser: 'notify',
  },
  readMessage(request) {
    const form = new URLSearchParams(request.body);
    const field = (name: string) => form.get(name) ?? '';
    const [code, description] = findFault(field);
    if (code !== 0) return { refusal: json(200, { code, description, responseData: '' }) };
    return {
      message: {
        reference: field('reference'),
        to: field('to'),
        from: field('from'),
        text: field('message'),
        receiptUrl: form.get('receipt') ?? undefined,
      },
    };
  },
  accepted: () => json(200, { code: 0, description: 'SMS successfully queued', responseData: '' }),
  receipts: (message, outcome, at) =>
    RECEIPTS[outcome].map((receipt): ReceiptCall => {
      const code: Record<string, string> = 'code' in receipt ? { code: receipt.code } : {};
      const fields: Record<string, string> = {
        mobile: message.to,
        status: receipt.status,
        time: londonTime(at),
        reference: message.reference,
        ...code,
      };
      return {
        description: Object.entries({ status: receipt.status, ...code })
          .flat()
          .join(' '),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(fields).toString(),
      };
    }),
  inbound: (text) => ({
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      source: text.from,
      destination: text.to,
      message: text.text,
      time: londonTime(text.time),
    }).toString(),
  }),
};

/** Firetext answers 200 and puts what is wrong into a code. */
function findFault(field: (name: string) => string): [code: number, description: string] {
  if (field('apiKey') === '') return [1, 'Authentication error'];
  if (!/^\d{5,15}$/.test(field('to'))) return [2, 'Destination number(s) error'];
  if (field('from') === '') return [3, 'From error'];
  if (field('message') === '') return [5, 'Message error'];
  return [0, ''];
}

const LONDON = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/London',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** `2031-03-05 09:30:00` as clocks in London show it. */
function londonTime(time: Date): string {
  return LONDON.format(time);
}
