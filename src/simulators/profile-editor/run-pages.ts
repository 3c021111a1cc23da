import { type Markup, markup } from '../frame/markup.ts';
import { renderPage, renderTable, renderTime } from '../frame/page-layout.ts';
import { html, type Reply } from '../frame/replies.ts';
import { EVENT_KINDS } from './event-plan.ts';
import type { RunView } from './runs.ts';

const TRAIL = [{ href: '/', text: 'Simulators' }];
const EDITOR_TRAIL = [...TRAIL, { href: '/profile-editor', text: 'Profile editor' }];

export function editorPage(
  runs: readonly RunView[],
  defaults: { target: string | undefined; apiKey: string | undefined },
): Reply {
  const main = markup`<p>Sends change events about pharmacies, as NHS.uk does when a profile is edited, and tries again
with the same ids when there is no answer or a 5XX.</p>
<h2>Start a run</h2>
<form method="post" action="/profile-editor/runs">
<div class="fields">
${field({ name: 'target', label: 'Change event address', value: defaults.target ?? '', hint: 'Ends in /v1/change-event', isWide: true })}
${field({ name: 'apiKey', label: 'API key', value: '', hint: defaults.apiKey ? 'Empty uses the configured key' : 'Sent as x-api-key', type: 'password' })}
${field({ name: 'events', label: 'Events', value: '100' })}
${field({ name: 'rate', label: 'Events per second', value: '5', hint: '0 is as fast as possible' })}
${field({ name: 'connections', label: 'Connections', value: '8' })}
${field({ name: 'codes', label: 'Share of the ODS codes', value: '1', hint: 'Above 0, up to 1' })}
${field({ name: 'seed', label: 'Seed', value: '1', hint: 'The same seed draws the same events' })}
</div>
<fieldset><legend>Mix: how many of each kind, relative to each other</legend>
<div class="fields">${EVENT_KINDS.map(mixField)}</div></fieldset>
<button type="submit">Start the run</button>
</form>
<h2>Runs</h2>
${runs.length === 0 ? markup`<p>No run has been started yet.</p>` : runTable(runs)}`;
  return html(200, renderPage({ title: 'Profile editor', trail: TRAIL, main }));
}

const KIND_HINTS: Readonly<Record<(typeof EVENT_KINDS)[number], string>> = {
  changed: 'The next version of a profile',
  unchanged: 'The same version, a new number',
  stale: 'An older version, a lower number',
  duplicate: 'The last event again',
  poison: 'Cannot be processed',
  unmatched: 'A code no directory has',
};

function mixField(kind: (typeof EVENT_KINDS)[number]): Markup {
  const value = kind === 'changed' ? '1' : '0';
  return field({ name: `mix.${kind}`, label: kind, value, hint: KIND_HINTS[kind] });
}

interface Field {
  name: string;
  label: string;
  value: string;
  hint?: string;
  type?: string;
  isWide?: boolean;
}

function field({ name, label, value, hint, type = 'text', isWide }: Field): Markup {
  const numeric = type === 'text' && name !== 'target' ? markup` inputmode="decimal"` : '';
  const described = hint === undefined ? '' : markup` aria-describedby="${name}-hint"`;
  return markup`<div class="field${isWide ? ' wide' : ''}"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="off"${numeric}${described}>
${hint === undefined ? '' : markup`<small id="${name}-hint">${hint}</small>`}</div>`;
}

function runTable(runs: readonly RunView[]): Markup {
  return renderTable(
    'Runs, newest first',
    [
      {
        heading: 'Started',
        cell: (run) => markup`<a href="/profile-editor/runs/${run.id}">${renderTime(run.startedAt)}</a>`,
      },
      { heading: 'State', cell: runState },
      { heading: 'Sent', cell: (run) => `${number(run.sent)} of ${number(run.settings.events)}` },
      { heading: 'Accepted', cell: (run) => number(run.accepted) },
      { heading: 'Refused', cell: (run) => number(run.refused) },
      { heading: 'Per second', cell: (run) => number(run.eventsPerSecond) },
    ],
    runs,
  );
}

function runState(run: RunView): string {
  if (!run.finished) return 'Running';
  return run.stopped ? 'Stopped' : 'Finished';
}

/** The script fills the members of the run into the elements named for them; without it the page can be reloaded. */
export function runPage(run: RunView): Reply {
  const address = `/profile-editor/runs/${run.id}`;
  const kinds = EVENT_KINDS.filter((kind) => run.settings.mix[kind] > 0);
  const main = markup`<p><strong data-run="state" role="status">${runState(run)}</strong></p>
<p><label for="progress">Events answered</label>
<progress id="progress" max="${run.settings.events}" value="${run.accepted + run.refused + run.errors}"></progress></p>
<dl>
${figure('Sent', 'sent', run.sent)}
${figure('Accepted', 'accepted', run.accepted)}
${figure('Refused', 'refused', run.refused)}
${figure('Given up', 'errors', run.errors)}
${figure('Tries repeated', 'retries', run.retries)}
${figure('Per second', 'eventsPerSecond', run.eventsPerSecond)}
${figure('Latency p50, ms', 'latencies.p50', run.latencies.p50)}
${figure('Latency p95, ms', 'latencies.p95', run.latencies.p95)}
${figure('Latency p99, ms', 'latencies.p99', run.latencies.p99)}
<dt>Target</dt><dd>${run.settings.target}</dd>
<dt>Events</dt><dd>${number(run.settings.events)}, ${run.settings.rate === 0 ? 'as fast as possible' : `${run.settings.rate} per second`}, ${run.settings.connections} connections</dd>
<dt>Mix</dt><dd>${kinds.map((kind) => `${kind} ${run.settings.mix[kind]}`).join(', ')}; seed ${run.settings.seed}</dd>
<dt>Started</dt><dd>${renderTime(run.startedAt)}</dd>
</dl>
${run.finished ? '' : markup`<form method="post" action="${address}/stop" data-run="stop"><button class="stop" type="submit">Stop the run</button></form>`}
<p><a href="${address}">Refresh</a></p>`;
  const page = { title: 'Run of change events', trail: EDITOR_TRAIL, main };
  return html(200, renderPage(run.finished ? page : { ...page, script: '/profile-editor/progress.js' }));
}

function figure(label: string, name: string, value: number): Markup {
  return markup`<dt>${label}</dt><dd data-run="${name}">${number(value)}</dd>`;
}

function number(value: number): string {
  return value.toLocaleString('en-GB', { maximumSignificantDigits: 6 });
}

export function problemsPage(problems: readonly string[]): Reply {
  const main = markup`<div class="error" role="alert"><p>Go back, change these and start the run again.</p>
<ul>${problems.map((problem) => markup`<li>${problem.replace(/^body\.?/, '')}</li>`)}</ul></div>`;
  return html(400, renderPage({ title: 'The run cannot be started', trail: EDITOR_TRAIL, main }));
}

export const PROGRESS_SCRIPT: Reply = {
  status: 200,
  headers: { 'content-type': 'text/javascript; charset=utf-8' },
  body: `const place = (name) => document.querySelector('[data-run="' + name + '"]');
const write = (value) => value.toLocaleString('en-GB', { maximumSignificantDigits: 6 });
async function refresh() {
  const response = await fetch(location.pathname, { headers: { accept: 'application/json' } });
  if (!response.ok) return;
  const run = await response.json();
  for (const name of ['sent', 'accepted', 'refused', 'errors', 'retries', 'eventsPerSecond']) {
    place(name).textContent = write(run[name]);
  }
  for (const name of ['p50', 'p95', 'p99']) place('latencies.' + name).textContent = write(run.latencies[name]);
  document.querySelector('progress').value = run.accepted + run.refused + run.errors;
  if (!run.finished) return void setTimeout(refresh, 500);
  place('state').textContent = run.stopped ? 'Stopped' : 'Finished';
  place('stop')?.remove();
}
setTimeout(refresh, 500);
`,
};
