import type { Status } from '../notifications/notification.ts';
import type { NotificationType } from '../services/service.ts';

/** Statuses as reports print them: internals section 3.3. */
const TEXTS: Readonly<Record<NotificationType, Partial<Record<Status, string>>>> = {
  email: {
    failed: 'Failed',
    'technical-failure': 'Technical failure',
    'temporary-failure': 'Inbox not accepting messages right now',
    'permanent-failure': 'Email address doesn’t exist',
    delivered: 'Delivered',
    sending: 'Sending',
    created: 'Sending',
    sent: 'Delivered',
  },
  sms: {
    failed: 'Failed',
    'technical-failure': 'Technical failure',
    'temporary-failure': 'Phone not accepting messages right now',
    'permanent-failure': 'Phone number doesn’t exist',
    delivered: 'Delivered',
    sending: 'Sending',
    created: 'Sending',
    sent: 'Sent internationally',
  },
  letter: {
    'technical-failure': 'Technical failure',
    'permanent-failure': 'Permanent failure',
    delivered: 'Received',
    sending: 'Accepted',
    created: 'Accepted',
    'returned-letter': 'Returned',
  },
};

export function statusText(type: NotificationType, status: Status): string {
  return TEXTS[type][status] ?? status;
}
