import type { OutgoingCalls } from '#platform/http';
import type { Status } from '../notifications/notification.ts';
import type { SmsProvider } from './provider.ts';
import { callSmsProvider, readJson, receiptAddress } from './sms-call.ts';

/** Firetext's `status` to ours: public section 6.13. */
const STATUSES: Readonly<Record<string, Status>> = {
  '0': 'delivered',
  '1': 'permanent-failure',
  '2': 'pending',
};

/** What `code` makes of a status 1, and what it means. */
const CODES: Readonly<Record<string, readonly [Status, string]>> = {
  '000': ['temporary-failure', 'No error reported'],
  '101': ['permanent-failure', 'Unknown Subscriber'],
  '102': ['temporary-failure', 'Absent Subscriber'],
  '103': ['temporary-failure', 'Subscriber Busy'],
  '104': ['temporary-failure', 'No Subscriber Memory'],
  '201': ['permanent-failure', 'Invalid Number'],
  '301': ['permanent-failure', 'SMS Not Supported'],
  '302': ['temporary-failure', 'SMS Not Supported'],
  '401': ['permanent-failure', 'Message Rejected'],
  '900': ['temporary-failure', 'Routing Error'],
};

export interface FiretextConfig {
  url: string;
  apiKey: string;
  /** For numbers abroad. */
  internationalApiKey: string;
  receiptUrl: string | undefined;
  receiptCredentials: { user: string; password: string } | undefined;
  timeoutMs?: number;
}

/** Firetext's form interface: internals section 6.4. `reference` is our id of the message. */
export function createFiretext(outgoing: OutgoingCalls, config: FiretextConfig): SmsProvider {
  const receipt = receiptAddress(config.receiptUrl, config.receiptCredentials);
  return {
    name: 'firetext',
    channel: 'sms',
    honoursReferences: true,
    send: (message, options) =>
      callSmsProvider(
        outgoing,
        {
          target: 'firetext',
          url: config.url,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({
            apiKey: message.isInternational ? config.internationalApiKey : config.apiKey,
            from: message.from,
            to: message.to,
            message: message.content,
            reference: message.notificationId,
            ...(receipt === undefined ? {} : { receipt }),
          }).toString(),
          ...(config.timeoutMs === undefined ? {} : { timeoutMs: config.timeoutMs }),
        },
        options,
        (answer) => {
          if (answer.status < 200 || answer.status > 299)
            return { kind: 'failed', reason: `status ${answer.status}` };
          const fields = readJson(answer);
          if (typeof fields !== 'object' || fields === null)
            return { kind: 'unknown', reason: 'answer is not JSON' };
          const code = 'code' in fields ? fields.code : undefined;
          return Number(code) === 0 && code !== null && code !== ''
            ? { kind: 'accepted' }
            : { kind: 'failed', reason: `code ${String(code).slice(0, 20)}` };
        },
      ),
    mapReceipt: ({ status, detail }, current) => {
      if (status !== '1') return STATUSES[status];
      const known = detail === undefined ? undefined : CODES[detail]?.[0];
      if (known !== undefined) return known;
      return current === 'pending' ? 'temporary-failure' : 'permanent-failure';
    },
    explainDetail: ({ status, detail }) =>
      status === '1' && detail !== undefined ? CODES[detail]?.[1] : undefined,
  };
}
