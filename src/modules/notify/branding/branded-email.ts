import type { NotifyContext } from '../context.ts';
import { emailPage } from '../delivery/email-page.ts';
import type { RenderedEmail } from '../templates/email.ts';
import { logoAddress, renderEmailDocument } from '../templates/email-document.ts';

/** The marks of a service on its emails; services without any have the GOV.UK banner. */
export interface EmailBrand {
  type: 'org' | 'both' | 'org_banner';
  colour: string | null;
  /** Name of the file in the bucket of logos. */
  logo: string | null;
  text: string | null;
  altText: string | null;
}

/** The whole HTML part of an email, as the service's brand has it: internals sections 3.4.17 and 6.4. */
export function brandedEmail(
  ctx: Pick<NotifyContext, 'config'>,
  brand: EmailBrand | null,
  rendered: RenderedEmail,
): string {
  if (brand === null) return emailPage(rendered);
  return renderEmailDocument({
    subject: rendered.subject,
    preheader: rendered.preheader,
    body: rendered.html,
    branding: {
      type: brand.type,
      // Colours were once kept without their hash.
      colour: brand.colour === null || brand.colour.startsWith('#') ? brand.colour : `#${brand.colour}`,
      logoUrl: brand.logo === null ? null : logoAddress(ctx.config.adminBaseUrl, brand.logo),
      altText: brand.altText,
      text: brand.text,
    },
  });
}
