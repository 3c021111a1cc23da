import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import type { Acceptance } from '../notifications/accept.ts';
import { findAddressProblem, type Postage, postageFor } from '../recipients/postal-address.ts';
import { letterReference, sealPersonalisation } from '../sending/send-context.ts';
import { createLetterPdfTask } from '../tasks/definitions.ts';
import { letterAddress } from './letter-address.ts';
import type { CheckedOneOff } from './send-one-off.ts';

/** The row of a letter with its task and counter; the address stands in the personalisation. */
export function letterRow(ctx: NotifyContext, checked: CheckedOneOff): Acceptance {
  const { service, template, personalisation } = checked;
  const address = letterAddress(personalisation);
  const problem = findAddressProblem(address, {
    internationalLetters: service.permissions.has('international_letters'),
  });
  if (problem) throw new BadRequestError(problem.message);
  const postage = postageFor(address, (template.row.postage ?? 'second') as Postage);
  const { reference } = personalisation;
  return {
    notification: {
      id: checked.id,
      service_id: service.id,
      template_id: template.row.id,
      template_version: template.row.version,
      api_key_id: null,
      key_type: 'normal',
      notification_type: 'letter',
      status: 'created',
      created_at: ctx.clock.now(),
      client_reference: typeof reference === 'string' && reference !== '' ? reference : null,
      reference: letterReference(),
      recipient: address.normalisedLines.join('\n'),
      normalised_to: address.normalisedLines.join('').replace(/\s/g, '').toLowerCase(),
      personalisation: sealPersonalisation(ctx, personalisation),
      billable_units: 0,
      international: postage === 'europe' || postage === 'rest-of-world',
      postage,
      ...(template.row.letter_contact_block === null
        ? {}
        : { reply_to_text: template.row.letter_contact_block }),
      created_by_id: checked.creatorId,
      correlation_id: checked.correlationId,
    },
    task: createLetterPdfTask,
    counts: [{ channel: 'letter', limit: service.limits.letter }],
  };
}
