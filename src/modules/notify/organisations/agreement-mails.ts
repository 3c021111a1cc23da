import type { Handle } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { sendBuiltIn } from '../users/built-in-messages.ts';
import { BUILT_IN } from '../users/built-in-templates-data.ts';
import { websiteOf } from '../users/mailed-links.ts';
import type { UserRow } from '../users/user-queries.ts';
import type { OrganisationRow } from './organisation-queries.ts';

/** Receipts for whoever signed the agreement and for whom it was signed: internals section 3.4.13. */
export async function mailAgreementSigned(
  ctx: NotifyContext,
  trx: Handle,
  signing: { organisation: OrganisationRow; signer: UserRow; correlationId: string },
): Promise<void> {
  const { organisation, signer, correlationId } = signing;
  const website = websiteOf(ctx, undefined);
  const {
    agreement_signed_on_behalf_of_name: otherName,
    agreement_signed_on_behalf_of_email_address: otherAddress,
  } = organisation;
  const personalisation = {
    mou_link: `${website}/agreement/${organisation.crown ? 'crown' : 'non-crown'}.pdf`,
    org_name: organisation.name,
    org_dashboard_link: `${website}/organisations/${organisation.id}`,
    signed_by_name: signer.name,
    on_behalf_of_name: otherName ?? '',
  };
  const isForSomebody = otherName !== null && otherAddress !== null;
  await sendBuiltIn(ctx, trx, {
    templateId: isForSomebody ? BUILT_IN.agreementSignedForSomebody : BUILT_IN.agreementSigned,
    to: signer.email_address,
    personalisation,
    correlationId,
  });
  if (!isForSomebody) return;
  await sendBuiltIn(ctx, trx, {
    templateId: BUILT_IN.agreementSignedOnYourBehalf,
    to: otherAddress,
    personalisation,
    correlationId,
  });
}
