import { markup } from '../frame/markup.ts';
import { renderPage, renderTable, renderTime } from '../frame/page-layout.ts';
import { badRequest, html, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { ReferenceAudit } from '../sms-provider/reference-audit.ts';

const MAX_CALLBACKS = 10_000;
const SHOWN = 100;

interface Callback {
  readonly time: string;
  readonly path: string;
  readonly kind: 'delivery status' | 'received text' | 'returned letter' | 'complaint' | 'unknown';
  /** What it is about: the id, with the status where there is one. */
  readonly key: string;
  readonly body: unknown;
}

/** What a service runs to hear from Notify: takes callbacks at any path, checks the token and shows what came. */
export const callbacksSimulator: Simulator = {
  name: 'callbacks',
  title: 'Callbacks',
  standsFor: "a service's own address for callbacks from Notify",
  start: async () => startCallbacks(),
};

function startCallbacks(): RunningSimulator {
  const audit = new ReferenceAudit();
  let callbacks: Callback[] = [];
  let total = 0;
  /** Any bearer token will do until one is set. */
  let token: string | null = null;

  const handle = (request: SimulatorRequest): Reply => {
    if (request.path === '/settings' && request.method === 'PUT') {
      const { token: wanted } = { ...(jsonBody(request) as Record<string, unknown> | undefined) };
      if (wanted !== null && typeof wanted !== 'string')
        return badRequest(['token must be a text, or null for any']);
      token = wanted;
      return json(200, { token });
    }
    if (request.method !== 'POST') return json(405, { message: 'Callbacks are posted.' });
    const sent = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (sent === undefined) return json(401, { message: 'A bearer token must be sent' });
    if (token !== null && sent !== token) return json(403, { message: 'The bearer token is wrong' });
    const body = jsonBody(request);
    if (body === undefined) return json(400, { message: 'The body is not JSON' });
    const callback = { time: new Date().toISOString(), path: request.path, ...describe(body), body };
    audit.create(callback.key);
    total += 1;
    callbacks.push(callback);
    if (callbacks.length > MAX_CALLBACKS * 1.1) callbacks = callbacks.slice(-MAX_CALLBACKS);
    return json(200, { message: 'received' });
  };

  return {
    handle,
    page(request) {
      if (request.path === '/settings') return json(200, { token });
      if (request.path === '/messages') return json(200, callbacks);
      return request.path === '/' ? callbacksPage(callbacks, total, token) : undefined;
    },
    audit: () => audit.rows(),
    clearData() {
      callbacks = [];
      total = 0;
      audit.clear();
    },
    state: () => `${total.toLocaleString('en-GB')} callback${total === 1 ? '' : 's'} taken`,
  };
}

function describe(body: unknown): Pick<Callback, 'kind' | 'key'> {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { id, status, notification_id: notificationId, complaint_id: complaintId } = fields;
  if ('source_number' in fields) return { kind: 'received text', key: String(id) };
  if (complaintId !== undefined) return { kind: 'complaint', key: String(complaintId) };
  if (notificationId !== undefined) return { kind: 'returned letter', key: String(notificationId) };
  if (id === undefined) return { kind: 'unknown', key: 'unknown' };
  return { kind: 'delivery status', key: `${String(id)} ${String(status)}` };
}

function callbacksPage(callbacks: readonly Callback[], total: number, token: string | null): Reply {
  const latest = callbacks.slice(-SHOWN).reverse();
  const list =
    latest.length === 0
      ? markup`<p>No callback has come yet. Give a service the address <code>/callbacks/anything</code> of this server.</p>`
      : renderTable<Callback>(
          'Callbacks, newest first',
          [
            { heading: 'Time', cell: (callback) => renderTime(callback.time) },
            { heading: 'Kind', cell: (callback) => callback.kind },
            { heading: 'Path', cell: (callback) => callback.path },
            { heading: 'Body', cell: (callback) => markup`<code>${JSON.stringify(callback.body)}</code>` },
          ],
          latest,
        );
  const main = markup`<p><a href="/callbacks">Refresh</a>. ${total} taken; ${latest.length} shown.
As data: <a href="/callbacks/messages">callbacks</a>, <a href="/callbacks/audit">audit</a>.</p>
<p class="quiet">${token === null ? 'Any bearer token is accepted' : 'One bearer token is accepted'}; PUT <code>{"token": "..."}</code> to
<code>/callbacks/settings</code> to change that, null for any.</p>
${list}`;
  return html(200, renderPage({ title: 'Callbacks', trail: [{ href: '/', text: 'Simulators' }], main }));
}
