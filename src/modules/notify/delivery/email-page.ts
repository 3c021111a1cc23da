import type { RenderedEmail } from '../templates/email.ts';
import { escapeHtml } from '../templates/escape-html.ts';

/**
 * The page around the HTML of an email (public section 6.7.4): the preview line that mail programs show, a GOV.UK
 * banner, and the content in a table 580 pixels wide that narrow screens may shrink.
 */
export function emailPage({ subject, html, preheader }: RenderedEmail): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no">
<title>${escapeHtml(subject)}</title>
<style>
@media only screen and (min-device-width: 581px) { .content { width: 580px !important; } }
body { Margin: 0 !important; }
</style>
</head>
<body style="font-family: Helvetica, Arial, sans-serif; font-size: 16px; margin: 0; color: #0B0C0C;">
<span style="display: none; font-size: 1px; color: #FFFFFF; max-height: 0;" aria-hidden="true">${preheader}</span>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse: collapse; width: 100%;">
<tr><td bgcolor="#1D70B8" style="background: #1D70B8;">
<table role="presentation" class="content" align="center" cellpadding="0" cellspacing="0" border="0" style="border-collapse: collapse; max-width: 580px; width: 100%;">
<tr><td style="padding: 10px; font-size: 28px; line-height: 32px; font-weight: bold; color: #FFFFFF;">GOV.UK</td></tr>
</table>
</td></tr>
</table>
<table role="presentation" class="content" align="center" cellpadding="0" cellspacing="0" border="0" style="border-collapse: collapse; max-width: 580px; width: 100%;">
<tr><td height="30"></td></tr>
<tr><td style="padding: 0 10px; font-family: Helvetica, Arial, sans-serif; font-size: 19px; line-height: 25px;">
${html}
</td></tr>
<tr><td height="30"></td></tr>
</table>
</body>
</html>
`;
}
