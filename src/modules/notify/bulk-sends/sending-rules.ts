import { comparableRecipient } from '../recipients/allowed-recipients.ts';
import type { Service } from '../services/service.ts';
import type { SendingRules } from './row-check.ts';

/** What decides about the rows of a service's files. */
export function rulesOf(service: Service): SendingRules {
  return {
    isRestricted: service.isRestricted,
    permissions: [...service.permissions],
    allowedRecipients: service.isRestricted ? service.knownRecipients.map(comparableRecipient) : [],
  };
}
