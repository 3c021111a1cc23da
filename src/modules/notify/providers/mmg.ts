import type { OutgoingCalls } from '#platform/http';
import type { Status } from '../notifications/notification.ts';
import type { SmsProvider } from './provider.ts';
import { callSmsProvider, readJson, receiptAddress } from './sms-call.ts';

/** MMG's `status` to ours: public section 6.13. The substatus only explains. */
const STATUSES: Readonly<Record<string, Status>> = {
  '2': 'permanent-failure',
  '3': 'delivered',
  '4': 'temporary-failure',
  '5': 'permanent-failure',
};

const SUBSTATUSES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2': {
    '1': 'Number does not exist',
    '4': 'Rejected by operator',
    '5': 'Unidentified Subscriber',
    '9': 'Undelivered',
    '11': 'Service for Subscriber suspended',
    '12': 'Illegal equipment',
    '2049': 'Subscriber IMSI blacklisted',
    '2050': 'Number blacklisted in do-not-disturb blacklist',
    '2052': 'Destination number blacklisted',
    '2053': 'Source address blacklisted',
  },
  '3': { '2': 'Delivered to operator', '5': 'Delivered to handset' },
  '4': {
    '6': 'Absent Subscriber',
    '8': 'Roaming not allowed',
    '13': 'SMS Not Supported',
    '15': 'Expired',
    '27': 'Absent Subscriber',
    '29': 'Invalid delivery report',
    '32': 'Delivery Failure',
  },
  '5': {
    '6': 'Network out of coverage',
    '8': 'Incorrect number prefix',
    '10': 'Number on do-not-disturb service',
    '11': 'Sender id not registered',
    '13': 'Sender id blacklisted',
    '14': 'Destination number blacklisted',
    '19': 'Routing unavailable',
    '20': 'Rejected by anti-flooding mechanism',
    '21': 'System error',
    '23': 'Duplicate message id',
    '24': 'Message formatted incorrectly',
    '25': 'Message too long',
    '51': 'Missing recipient value',
    '52': 'Invalid destination',
  },
};

export interface MmgConfig {
  url: string;
  /** Goes verbatim behind `Basic`. */
  apiKey: string;
  receiptUrl: string | undefined;
  receiptCredentials: { user: string; password: string } | undefined;
  timeoutMs?: number;
}

/** MMG's JSON interface: internals section 6.4. `cid` is our id of the message, and two with one id are one. */
export function createMmg(outgoing: OutgoingCalls, config: MmgConfig): SmsProvider {
  const delurl = receiptAddress(config.receiptUrl, config.receiptCredentials);
  return {
    name: 'mmg',
    channel: 'sms',
    honoursReferences: true,
    send: (message, options) =>
      callSmsProvider(
        outgoing,
        {
          target: 'mmg',
          url: config.url,
          headers: { 'content-type': 'application/json', authorization: `Basic ${config.apiKey}` },
          body: JSON.stringify({
            reqType: 'BULK',
            MSISDN: message.to,
            msg: message.content,
            sender: message.from,
            cid: message.notificationId,
            multi: true,
            ...(delurl === undefined ? {} : { delurl }),
          }),
          ...(config.timeoutMs === undefined ? {} : { timeoutMs: config.timeoutMs }),
        },
        options,
        (answer) => {
          if (answer.status < 200 || answer.status > 299)
            return { kind: 'failed', reason: `status ${answer.status}` };
          // Taken by its status, yet not in its words: it may have the message.
          return readJson(answer) === undefined
            ? { kind: 'unknown', reason: 'answer is not JSON' }
            : { kind: 'accepted' };
        },
      ),
    mapReceipt: ({ status }) => STATUSES[status],
    explainDetail: ({ status, detail }) => (detail === undefined ? undefined : SUBSTATUSES[status]?.[detail]),
  };
}
