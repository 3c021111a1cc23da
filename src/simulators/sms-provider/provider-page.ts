import { type Markup, markup } from '../frame/markup.ts';
import { renderPage, renderTable, renderTime } from '../frame/page-layout.ts';
import { html, type Reply } from '../frame/replies.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { SmsMessage } from './sms-provider.ts';

const TRAIL = [{ href: '/', text: 'Simulators' }];
const SHOWN = 50;
const OUTCOME_WORDS: Readonly<Record<ProviderSettings['outcome'], string>> = {
  'by-number': 'by number: 07700 900003 fails for now, 07700 900002 for good',
  delivered: 'all delivered',
  'temporary-failure': 'all fail for now',
  'permanent-failure': 'all fail for good',
  none: 'no receipts',
};

export interface ProviderState {
  readonly settings: ProviderSettings;
  readonly messages: readonly SmsMessage[];
  readonly total: number;
  readonly duplicates: number;
  readonly receipts: { readonly waiting: number; readonly taken: number; readonly refused: number };
}

export function providerPage(provider: { name: string; title: string }, state: ProviderState): Reply {
  const { settings, receipts } = state;
  const base = `/${provider.name}`;
  const main = markup`<p><a href="${base}">Refresh</a>. ${state.total} taken, ${state.duplicates} sent more than once.
Receipts: ${receipts.waiting} waiting, ${receipts.taken} taken, ${receipts.refused} given up.
As data: <a href="${base}/messages">messages</a>, <a href="${base}/settings">settings</a>.</p>
<h2>Messages</h2>
${messageTable(state.messages)}
<h2>Text from a phone</h2>
<form method="post" action="${base}/inbound"><div class="fields">
${field('from', 'From', '07700900111')}${field('to', 'To, the number of a service', '07700900222')}
<div class="field wide"><label for="text">Text</label><input id="text" name="text" value="Hello"></div></div>
<p class="quiet">Goes to ${settings.inboundUrl ?? 'no address yet: set inboundUrl'}</p>
<button type="submit">Send it</button></form>
<h2>Receipts</h2>
<form method="post" action="${base}/settings"><div class="fields">
<div class="field wide"><label for="receiptUrl">Address, where a message names none</label>
<input id="receiptUrl" name="receiptUrl" value="${settings.receiptUrl ?? ''}"></div>
${field('receiptDelayMs', 'Delay in milliseconds', String(settings.receiptDelayMs))}
<div class="field"><label for="outcome">Outcome</label><select id="outcome" name="outcome">${Object.entries(
    OUTCOME_WORDS,
  ).map(([value, words]) => option(value, words, value === settings.outcome))}</select></div>
<div class="field"><label for="honoursReferences">Recognises references</label>
${checkbox('honoursReferences', settings.honoursReferences)}<small>Off sends a repeated message again</small></div></div>
<button type="submit">Save</button></form>`;
  return html(200, renderPage({ title: provider.title, trail: TRAIL, main }));
}

export function sentInboundPage(
  provider: { name: string; title: string },
  answer: { status: number; body: string } | undefined,
): Reply {
  const outcome =
    answer === undefined
      ? markup`<p>There was no answer.</p>`
      : markup`<p>The answer was ${answer.status}.</p><pre>${answer.body.slice(0, 2_000)}</pre>`;
  const trail = [...TRAIL, { href: `/${provider.name}`, text: provider.title }];
  return html(200, renderPage({ title: 'Text passed on', trail, main: outcome }));
}

function messageTable(messages: readonly SmsMessage[]): Markup {
  if (messages.length === 0) return markup`<p>No text message has been sent yet.</p>`;
  return renderTable<SmsMessage>(
    'Text messages, newest first',
    [
      { heading: 'Time', cell: (message) => renderTime(message.time) },
      { heading: 'To', cell: (message) => message.to },
      { heading: 'From', cell: (message) => message.from },
      { heading: 'Text', cell: (message) => message.text },
      { heading: 'Reference', cell: (message) => message.reference },
      { heading: 'Receipts', cell: (message) => message.receipts.join(', ') || 'none yet' },
    ],
    messages.slice(-SHOWN).reverse(),
  );
}

function field(name: string, label: string, value: string): Markup {
  return markup`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" value="${value}"></div>`;
}

function option(value: string, words: string, selected: boolean): Markup {
  return selected
    ? markup`<option value="${value}" selected>${words}</option>`
    : markup`<option value="${value}">${words}</option>`;
}

function checkbox(name: string, checked: boolean): Markup {
  return checked
    ? markup`<input type="checkbox" id="${name}" name="${name}" checked>`
    : markup`<input type="checkbox" id="${name}" name="${name}">`;
}
