import type { PendingChange } from '../dos/pending-change-queries.ts';
import { proposedFields } from '../pending-changes/pending-change.ts';

export const REJECTION_SUBJECT = 'Your DoS Change has been rejected';

/** Stands for the recipient in the stored e-mail, which must not name a person (4.1). */
const NAME_PLACEHOLDER = '{{ name }}';

/** The e-mail about one rejected change (6.12), without the name of its recipient. One line, every value escaped (D-17). */
export function rejectionEmailBody(
  change: PendingChange,
  { emailCorrelationId, teamAddress }: { emailCorrelationId: string; teamAddress: string },
): string {
  const rows = proposedFields(change.value).map(
    ({ key, previous, data }) =>
      `<tr><td>${escapeHtml(key)}</td><td>${escapeHtml(previous)}</td><td>${escapeHtml(data)}</td></tr>`,
  );
  return [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>DoS Change Rejection Email</title></head><body>',
    `<p>Dear ${NAME_PLACEHOLDER}</p>`,
    '<p>A change that you made in DoS was rejected automatically, because DoS Integration has received a newer change',
    'that conflicts with it.</p>',
    `<p>Service name: ${escapeHtml(change.serviceName)}</p>`,
    `<p>Service uid: ${escapeHtml(change.serviceUid)}</p>`,
    '<table><caption>The change that was rejected</caption>',
    '<thead><tr><th>Change Key</th><th>Data before requested change</th><th>Proposed Change</th></tr></thead>',
    `<tbody>${rows.join('')}</tbody></table>`,
    '<p>Please look at the service in DoS for the new change. If you see none, DoS Integration takes what DoS holds to be',
    'correct.</p>',
    `<p>Your DoS Integration Email Correlation Id is: ${escapeHtml(emailCorrelationId)}</p>`,
    '<p>DoS Integration</p>',
    `<p>Nobody reads this mailbox. If you have a question, write to ${escapeHtml(teamAddress)}.</p>`,
    '</body></html>',
  ]
    .join(' ')
    .replace(/[\r\n]+/g, ' ');
}

/** The stored body with the name of the person it goes to. */
export function addressedBody(body: string, name: string): string {
  return body.replace(NAME_PLACEHOLDER, () => escapeHtml(name));
}

/** For mail programs that show no HTML. */
export function plainText(html: string): string {
  return html
    .replace(/<head>.*<\/head>/, '')
    .replace(/<\/(p|caption|tr|table)>/g, '\n')
    .replace(/<\/t[dh]><t[dh]>/g, ' | ')
    .replace(/<[^>]+>/g, '')
    .replace(/^ +/gm, '')
    .replace(/&(lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
    .trim();
}

/** The same words for notify, whose e-mails have no tables: one paragraph a line, one list a change. */
export function notifyBody(html: string): string {
  const rows = html.replace(
    /<tr><td>(.*?)<\/td><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/g,
    '<p>* Change Key: $1</p><p>* Data before requested change: $2</p><p>* Proposed Change: $3</p><p></p>',
  );
  return plainText(rows.replace(/<thead>.*?<\/thead>/, '').replaceAll('</caption>', '</caption>\n'))
    .split('\n')
    .map((line) => (line.startsWith('* ') ? line : `${line}\n`))
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

function escapeHtml(text: string): string {
  return text.replace(/[<>"'&]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENTITIES).map(([entity, character]) => [character, entity]),
);
