// The open HTTP provider: what somebody implements who wants to send our text messages by other means. We POST
// `{id, to, from, content}` with `Idempotency-Key: <id>`; any 2xx takes the message, 409 says it is known already, other
// 4xx refuse it and the rest is tried again. Reports come back as `POST /notifications/sms/http` with `{id, status}`.
import type { OutgoingCalls } from '#platform/http';
import type { Status } from '../notifications/notification.ts';
import type { SendOutcome, SmsProvider } from './provider.ts';
import { callSmsProvider } from './sms-call.ts';

/** The receiver speaks our own statuses. */
const STATUSES: Readonly<Record<string, Status>> = {
  delivered: 'delivered',
  pending: 'pending',
  'temporary-failure': 'temporary-failure',
  'permanent-failure': 'permanent-failure',
};

export interface HttpSmsConfig {
  url: string;
  token: string | undefined;
  timeoutMs?: number;
}

export function createHttpSms(outgoing: OutgoingCalls, config: HttpSmsConfig): SmsProvider {
  return {
    name: 'http-sms',
    channel: 'sms',
    honoursReferences: true,
    send: (message, options) =>
      callSmsProvider(
        outgoing,
        {
          target: 'http-sms',
          url: config.url,
          headers: {
            'content-type': 'application/json',
            'idempotency-key': message.notificationId,
            ...(config.token === undefined ? {} : { authorization: `Bearer ${config.token}` }),
          },
          body: JSON.stringify({
            id: message.notificationId,
            to: message.to,
            from: message.from,
            content: message.content,
          }),
          ...(config.timeoutMs === undefined ? {} : { timeoutMs: config.timeoutMs }),
        },
        options,
        ({ status }) => judge(status),
      ),
    mapReceipt: ({ status }) => STATUSES[status],
    explainDetail: () => undefined,
  };
}

function judge(status: number): SendOutcome {
  if ((status >= 200 && status <= 299) || status === 409) return { kind: 'accepted' };
  if (status === 429) return { kind: 'failed', reason: 'status 429', isExpected: true };
  const isRefusal = status >= 400 && status <= 499 && ![401, 403, 404, 408].includes(status);
  return { kind: isRefusal ? 'refused' : 'failed', reason: `status ${status}` };
}
