import { type Markup, markup } from '../frame/markup.ts';
import { renderPage, renderTime } from '../frame/page-layout.ts';
import { html, type Reply } from '../frame/replies.ts';
import type { SlackMessage, SlackPart } from './slack-message.ts';

const SHOWN = 100;

export function slackPage(messages: readonly SlackMessage[]): Reply {
  const latest = messages.slice(-SHOWN).reverse();
  const list =
    latest.length === 0
      ? markup`<p>Nothing has been posted yet. Alerts appear here when one is raised or ends.</p>`
      : markup`<ol class="rows">${latest.map(renderMessage)}</ol>`;
  const main = markup`<p><a href="/slack">Refresh</a>. Newest first; ${latest.length} of ${messages.length} shown.
As data: <a href="/slack/calls">texts</a>, <a href="/slack/messages">messages</a>.</p>${list}`;
  return html(200, renderPage({ title: 'Slack', trail: [{ href: '/', text: 'Simulators' }], main }));
}

function renderMessage(message: SlackMessage): Markup {
  const channel = message.channel === undefined ? 'no channel' : `#${message.channel.replace(/^#/, '')}`;
  return markup`<li><p class="quiet">${channel}, ${renderTime(message.time)}</p>
${message.parts.map(renderPart)}</li>`;
}

function renderPart(part: SlackPart): Markup {
  if (part.kind === 'header') return markup`<h2>${withEmoji(part.text)}</h2>`;
  const lines = part.text.split('\n').map((line) => markup`<p>${withLinks(line)}</p>`);
  return part.kind === 'text'
    ? markup`${lines}`
    : markup`<div class="message ${tone(part.color)}">${lines}</div>`;
}

function tone(color: string | undefined): string {
  if (color === 'good') return 'good';
  if (color === 'warning') return 'warning';
  return color === 'danger' || color === '#e01e5a' ? 'danger' : '';
}

const EMOJI: Readonly<Record<string, string>> = {
  ':white_check_mark:': '\u2705',
  ':rotating_light:': '\u{1F6A8}',
  ':warning:': '\u26A0\uFE0F',
};

function withEmoji(text: string): string {
  return text.replace(/:[a-z_]+:/g, (code) => EMOJI[code] ?? code);
}

/** Slack's `<url|label>` links and `*bold*`; everything else stays text. */
function withLinks(line: string): Markup[] {
  return line.split(/(<[^<>|]+\|[^<>]+>|<https?:[^<>|]+>|\*[^*]+\*)/).map((piece) => {
    const [, url, label] = /^<([^|]+)\|?(.*)>$/.exec(piece) ?? [];
    if (url !== undefined && /^https?:/.test(url)) return markup`<a href="${url}">${label || url}</a>`;
    if (url !== undefined) return markup`${label || url}`;
    return /^\*[^*]+\*$/.test(piece)
      ? markup`<strong>${piece.slice(1, -1)}</strong>`
      : markup`${withEmoji(piece)}`;
  });
}
