import type { Hosted } from './frame/http-listener.ts';
import { type Markup, markup } from './frame/markup.ts';
import { renderPage } from './frame/page-layout.ts';
import { html, type Reply } from './frame/replies.ts';

/** The front page: every simulator, what it stands for, how it is and where its pages and controls are. */
export function frontPage(hosted: readonly Hosted[]): Reply {
  const main = markup`<p>Stand-ins for the outside systems that Signalbox calls. They speak HTTP or SMTP on real
sockets, keep what they were sent, and can be told to be slow, to fail or to go away.</p>
<ul class="cards">${hosted.map(card)}</ul>
<h2>Controls of every simulator</h2>
<dl class="stack">
<dt><code>GET /name/calls?since=</code></dt><dd>What it was sent, oldest first; the latest 10,000 are kept.</dd>
<dt><code>DELETE /name/calls</code></dt><dd>Forgets them.</dd>
<dt><code>GET /name/faults</code></dt><dd>The faults set, each with the count that is left.</dd>
<dt><code>PUT /name/faults</code></dt><dd>Replaces them: a JSON array of <code>{match: {method, path}, kind, status, delayMs,
rate, count}</code>. Kinds are <code>status</code>, <code>delay</code>, <code>timeout_after_commit</code>, <code>reset</code>
and <code>gone</code>; in a path <code>*</code> stands for any characters. <code>[]</code> removes all.</dd>
<dt><code>GET /name/audit</code></dt><dd>Its records, where it keeps any.</dd>
<dt><code>DELETE /name/data</code></dt><dd>Forgets its records.</dd>
</dl>`;
  return html(200, renderPage({ title: 'Simulators', main }));
}

function card({ simulator, running, calls, faults }: Hosted): Markup {
  const path = `/${simulator.name}`;
  const active = faults.list().filter((fault) => fault.count !== 0).length;
  const setting =
    simulator.setting === undefined
      ? ''
      : markup`<p class="quiet">Replaced by setting <code>${simulator.setting}</code></p>`;
  // Where calls are messages, the state line already counts them.
  const recorded = running.calls ? '' : `; ${plural(calls.seen, 'HTTP call')}`;
  const audit = running.audit ? markup`<li><a href="${path}/audit">Audit</a></li>` : '';
  return markup`<li>
<h2><a href="${path}">${simulator.title}</a></h2>
<p>Stands for ${simulator.standsFor}.</p>
${setting}
<p>${running.state()}${recorded}; ${active === 0 ? 'no faults' : plural(active, 'active fault')}.</p>
<ul><li><a href="${path}/calls">Calls</a></li><li><a href="${path}/faults">Faults</a></li>${audit}</ul>
</li>`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en-GB')} ${noun}${count === 1 ? '' : 's'}`;
}
