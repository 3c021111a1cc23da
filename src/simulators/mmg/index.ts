import { json } from '../frame/replies.ts';
import type { Simulator } from '../frame/simulator.ts';
import { jsonBody } from '../frame/simulator-request.ts';
import { type SmsDialect, startSmsProvider } from '../sms-provider/sms-provider.ts';

/** Takes text messages in MMG's JSON, reports on them and passes on received texts as MMG does. */
export const mmgSimulator: Simulator = {
  name: 'mmg',
  title: 'MMG',
  standsFor: 'MMG, which sends and receives text messages',
  setting: 'MMG_URL',
  start: async (context) => startSmsProvider(mmg, context),
};

const RECEIPTS = {
  delivered: { status: '3', substatus: '5' },
  'temporary-failure': { status: '4', substatus: '6' },
  'permanent-failure': { status: '5', substatus: '6' },
} as const;

const mmg: SmsDialect = {
  name: 'mmg',
  title: 'MMG',
  defaults: {
    receiptPath: '/notifications/sms/mmg',
    inboundPath: '/notifications/sms/receive/mmg',
    inboundUser: 'username',
  },
  readMessage(request) {
    if (!request.headers.authorization?.startsWith('Basic ')) {
      return { refusal: json(401, { Error: '401', Description: 'Authorization required' }) };
    }
    const body = jsonBody(request);
    const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
    const { reqType, MSISDN, msg, sender, cid, delurl } = fields;
    const isComplete = [reqType, MSISDN, msg, sender, cid].every(
      (value) => typeof value === 'string' && value !== '',
    );
    if (!isComplete) return { refusal: json(400, { Error: '206', Description: 'Some fields are missing' }) };
    return {
      message: {
        reference: String(cid),
        to: String(MSISDN),
        from: String(sender),
        text: String(msg),
        receiptUrl: typeof delurl === 'string' ? delurl : undefined,
      },
    };
  },
  accepted: (reference) => json(200, { Reference: referenceNumber(reference) }),
  receipts(message, outcome, at) {
    const { status, substatus } = RECEIPTS[outcome];
    const body = {
      CID: message.reference,
      MSISDN: message.to,
      status,
      substatus,
      deliverytime: at.toISOString().replace(/Z$/, '').slice(0, 19),
      reference: String(referenceNumber(message.reference)),
    };
    return [
      {
        description: `status ${status}, substatus ${substatus}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
    ];
  },
  inbound: (text) => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      MSISDN: text.from,
      Number: text.to,
      Message: formEncoded(text.text),
      ID: text.id,
      DateRecieved: formEncoded(text.time.toISOString().slice(0, 19).replace('T', ' ')),
    }),
  }),
};

/** A number of MMG's own for each message, the same for the same reference. */
function referenceNumber(reference: string): number {
  let number = 7;
  for (const character of reference) number = (number * 31 + character.charCodeAt(0)) % 1_000_000_007;
  return number;
}

function formEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+');
}
