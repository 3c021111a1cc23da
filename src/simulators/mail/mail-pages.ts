import { type Markup, markup } from '../frame/markup.ts';
import { renderPage, renderTime } from '../frame/page-layout.ts';
import { html, type Reply } from '../frame/replies.ts';
import type { MailMessage } from './inbox.ts';

const TRAIL = [{ href: '/', text: 'Simulators' }];

export function inboxPage(latest: readonly MailMessage[], size: number): Reply {
  const list =
    latest.length === 0
      ? markup`<p>No mail yet. Messages sent to the simulated mail server appear here, whoever they are for.</p>`
      : markup`<ol class="rows">${latest.map(inboxRow)}</ol>`;
  const main = markup`<p><a href="/mail">Refresh</a>. Newest first; ${latest.length} of ${size} shown.
As data: <a href="/mail/calls">all messages</a>.</p>${list}`;
  return html(200, renderPage({ title: 'Inbox', trail: TRAIL, main }));
}

function inboxRow(message: MailMessage): Markup {
  return markup`<li><a href="/mail/messages/${message.id}">${message.subject || '(no subject)'}</a>
<p class="quiet">To ${message.to.join(', ')}; from ${message.from}; ${renderTime(message.time)}</p></li>`;
}

export function messagePage(message: MailMessage): Reply {
  const attachments = message.attachments.map(
    (one) => markup`<li>${one.filename ?? 'unnamed'} (${one.mimeType}, ${one.bytes} bytes)</li>`,
  );
  const main = markup`<dl>
<dt>From</dt><dd>${message.from}</dd>
<dt>To</dt><dd>${message.to.join(', ')}</dd>
${message.cc.length > 0 ? markup`<dt>Cc</dt><dd>${message.cc.join(', ')}</dd>` : ''}
<dt>Received</dt><dd>${renderTime(message.time)}</dd>
</dl>
${message.text === '' ? '' : markup`<h2>Text</h2><pre>${message.text}</pre>`}
${message.html === null ? '' : htmlPart(message)}
${attachments.length > 0 ? markup`<h2>Attachments</h2><ul>${attachments}</ul>` : ''}
<h2>Headers</h2>
<dl class="stack">${Object.entries(message.headers).map(header)}</dl>`;
  const trail = [...TRAIL, { href: '/mail', text: 'Inbox' }];
  return html(200, renderPage({ title: message.subject || '(no subject)', trail, main }));
}

/** The sandbox without any permission: no script, no forms, no origin, no way to the page around it. */
function htmlPart(message: MailMessage): Markup {
  const url = `/mail/messages/${message.id}/html`;
  return markup`<h2>HTML</h2>
<iframe sandbox src="${url}" title="HTML part of the message"></iframe>
<p><a href="${url}">Open the HTML part alone</a></p>`;
}

function header([name, value]: [string, string | readonly string[]]): Markup {
  return markup`<dt>${name}</dt><dd><code>${typeof value === 'string' ? value : value.join(' | ')}</code></dd>`;
}

/** The HTML part as sent. Its policy holds when it is opened alone, and keeps it from calling home. */
export function messageHtml(message: MailMessage): Reply {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body: message.html ?? '',
  };
}
