import type { CallContext, CreateContext, CreateResult } from '../../engine/domain.ts';
import type { Upstream } from '../../upstreams/index.ts';
import type { AlertToSend } from './create-alert.ts';

const ONE = '/alerts/{alertUuid}';

export interface TargetAlert {
  alertUuid: string;
  prisonNumber: string;
  alertCode: string | { code: string };
  description?: string | null;
  authorisedBy?: string | null;
  activeFrom: string;
  activeTo?: string | null;
}

/** From NOMIS the target takes codes that are not in use any more, and a code twice. */
export async function createAlert(
  target: Upstream,
  body: unknown,
  call: CreateContext,
): Promise<CreateResult> {
  const { prisonNumber, username, alert } = body as AlertToSend;
  const { idempotencyKey, ...rest } = call;
  const answer = await target.request({
    method: 'POST',
    path: `/prisoners/${encodeURIComponent(prisonNumber)}/alerts`,
    template: '/prisoners/{prisonNumber}/alerts',
    query: { allowInactiveCode: true },
    headers: { ...writtenBy(username), 'idempotency-key': idempotencyKey },
    body: alert,
    ...rest,
  });
  return { status: 'accepted', targetId: (JSON.parse(answer.text) as TargetAlert).alertUuid };
}

export async function updateAlert(
  target: Upstream,
  id: string,
  body: unknown,
  call: CallContext,
): Promise<void> {
  const { username, alert } = body as AlertToSend;
  const { alertCode: _, ...content } = alert;
  const headers = writtenBy(username);
  await target.request({ method: 'PUT', path: pathOf(id), template: ONE, headers, body: content, ...call });
}

/** The target takes one that is not there for deleted. */
export async function removeAlert(target: Upstream, id: string, call: CallContext): Promise<void> {
  const headers = writtenBy('OMS_OWNER');
  await target.request({
    method: 'DELETE',
    path: pathOf(id),
    template: ONE,
    headers,
    accept: [404],
    ...call,
  });
}

export function readAlert(target: Upstream, id: string, call: CallContext): Promise<TargetAlert | undefined> {
  return target.read<TargetAlert>({ path: pathOf(id), template: ONE, ...call });
}

function writtenBy(username: string): Record<string, string> {
  return { source: 'NOMIS', username };
}

function pathOf(id: string): string {
  return `/alerts/${encodeURIComponent(id)}`;
}
