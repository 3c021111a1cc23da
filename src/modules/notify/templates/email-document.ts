/** How an email looks that carries the marks of who sent it. */
export interface EmailBranding {
  /** `govuk` has the GOV.UK banner, `org` a logo beside a bar, `org_banner` a banner in colour, `both` GOV.UK and logo. */
  readonly type: 'govuk' | 'org' | 'org_banner' | 'both' | 'none';
  /** `#rrggbb` of the bar or the banner. */
  readonly colour?: string | null;
  readonly logoUrl?: string | null;
  /** What the logo says to somebody who cannot see it; exactly one of this and `text` is there. */
  readonly altText?: string | null;
  /** Shown beside the logo. */
  readonly text?: string | null;
}

export const GOVUK_BRANDING: EmailBranding = { type: 'govuk' };

const FONT = 'font-family: Helvetica, Arial, sans-serif;';
const WIDTH = 580;
const DEFAULT_COLOUR = '#0B0C0C';

/**
 * The whole HTML part of an email around its rendered body: hidden preheader, banner or logo, one column of 580 pixels.
 * Everything but `body`, which comes out of `renderEmail`, is escaped here.
 */
export function renderEmailDocument(email: {
  readonly subject: string;
  readonly preheader: string;
  /** HTML, as `renderEmail` gives it. */
  readonly body: string;
  readonly branding: EmailBranding;
}): string {
  const { branding } = email;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<meta content="telephone=no" name="format-detection">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(email.subject)}</title>
<style>@media only screen and (min-device-width: ${WIDTH}px) { .content { width: ${WIDTH}px !important; } } body { margin: 0 !important; }</style>
</head>
<body style="${FONT}font-size: 16px;margin: 0;color: #0b0c0c;">
<span style="display: none;font-size: 1px;color: #fff;max-height: 0;" hidden>${email.preheader}…</span>
${govukBanner(branding)}${organisationBanner(branding)}${logoRow(branding)}${table(
  'class="content" ',
  `<tr><td width="10" height="30"><br></td><td></td><td width="10"><br></td></tr>
<tr><td width="10" valign="middle"><br></td><td style="${FONT}font-size: 19px; line-height: 25px;">
${email.body}
</td><td width="10" valign="middle"><br></td></tr>
<tr><td height="30" colspan="3"><br></td></tr>`,
)}
</body>
</html>
`;
}

/** The address of a brand's logo (internals 6.4): a host of its own beside the website's. */
export function logoAddress(adminBaseUrl: string, filename: string): string {
  const { protocol, hostname } = new URL(adminBaseUrl);
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1';
  const host = isLocal ? 'notify.tools' : hostname.replace(/^www\./, '');
  return `${isLocal ? 'https:' : protocol}//static-logos.${host}/${encodeURIComponent(filename)}`;
}

/** The headers by which mail programs offer to unsubscribe with one click (public API 6.7.7); none without an address. */
export function unsubscribeHeaders(
  url: string | null | undefined,
): readonly { name: string; value: string }[] {
  if (url === null || url === undefined || url === '') return [];
  return [
    { name: 'List-Unsubscribe', value: `<${url.replace(/[\r\n<>]/g, '')}>` },
    { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
  ];
}

function govukBanner(branding: EmailBranding): string {
  if (branding.type !== 'govuk' && branding.type !== 'both') return '';
  return banner(
    DEFAULT_COLOUR,
    `<span style="${FONT}color: #ffffff; font-weight: 700; font-size: 28px; line-height: 40px;">GOV.UK</span>`,
  );
}

function organisationBanner(branding: EmailBranding): string {
  if (branding.type !== 'org_banner') return '';
  const text = branding.text
    ? `<span style="${FONT}color: #ffffff; font-weight: 700; font-size: 24px; line-height: 40px;">${escapeHtml(branding.text)}</span>`
    : '';
  return banner(colourOf(branding), `${logo(branding, 40)}${text}`);
}

function logoRow(branding: EmailBranding): string {
  if (branding.type !== 'org' && branding.type !== 'both') return '';
  const bar = branding.colour
    ? ` style="border-left: 2px solid ${colourOf(branding)}; padding-left: 10px;"`
    : '';
  const text = branding.text
    ? `<span style="${FONT}display: block; font-size: 19px; line-height: 25px; color: #0b0c0c;">${escapeHtml(branding.text)}</span>`
    : '';
  return table(
    'class="content" ',
    `<tr><td width="10" height="20"><br></td><td></td></tr>
<tr><td width="10"><br></td><td${bar}>${logo(branding, 27)}${text}</td></tr>`,
  );
}

function banner(colour: string, inside: string): string {
  return `<table role="presentation" width="100%" style="border-collapse: collapse; width: 100%;" cellpadding="0" cellspacing="0" border="0">
<tr><td width="100%" height="53" bgcolor="${colour}">
${table('', `<tr><td width="10" height="53"><br></td><td valign="middle">${inside}</td></tr>`)}
</td></tr></table>
`;
}

function table(attributes: string, rows: string): string {
  return `<table ${attributes}role="presentation" align="center" cellpadding="0" cellspacing="0" border="0" style="border-collapse: collapse; max-width: ${WIDTH}px; width: 100% !important;" width="100%">
${rows}
</table>
`;
}

function logo(branding: EmailBranding, height: number): string {
  if (!branding.logoUrl) return '';
  return `<img src="${escapeHtml(branding.logoUrl)}" alt="${escapeHtml(branding.altText ?? '')}" height="${height}" style="display: block; border: 0; max-height: 108px;">`;
}

/** Only a colour can stand here: the value goes into a style. */
function colourOf({ colour }: EmailBranding): string {
  return typeof colour === 'string' && /^#[0-9a-f]{3}(?:[0-9a-f]{3})?$/i.test(colour)
    ? colour
    : DEFAULT_COLOUR;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
