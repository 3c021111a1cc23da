import { randomUUID } from 'node:crypto';
import { DEVELOPMENT_CLIENTS } from '../auth/development-clients-data.ts';
import type { TokenIssuer } from '../auth/token-issuer.ts';
import { badRequest, json, type Reply } from '../frame/replies.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { isMembers } from '../hmpps/body-checks.ts';

const MAX_COPIES = 10_000;
/** Few enough for the file handles of one process, many enough to meet each other. */
const AT_ONCE = 200;

export interface EventSink {
  readonly issuer: TokenIssuer;
  /** Base URL of the migration module; undefined when no module was named. */
  readonly migrationUrl: string | undefined;
}

/**
 * Sends an event of NOMIS, in the envelope of the notification service, to a queue of the migration module: once, or
 * many times at once. `messageId` differs for each copy, as it does when NOMIS itself repeats an event.
 */
export async function sendEvents(sink: EventSink, request: SimulatorRequest): Promise<Reply> {
  const body = jsonBody(request);
  if (request.method !== 'POST' || !isMembers(body)) return badRequest(['POST a JSON object.']);
  const { queueName, eventType, message, copies = 1, target = sink.migrationUrl } = body;
  const problems = [
    ...(typeof queueName === 'string'
      ? []
      : ['queueName must name a queue, such as prisoner_from_nomis_visits_queue']),
    ...(typeof eventType === 'string' ? [] : ['eventType must be a text, such as VISIT_CANCELLED']),
    ...(isMembers(message) ? [] : ['message must be an object']),
    ...(isCount(copies) ? [] : [`copies must be from 1 to ${MAX_COPIES}`]),
    ...(typeof target === 'string' ? [] : ['target must be the base URL of the migration module']),
  ];
  if (problems.length > 0) return badRequest(problems);
  const token = await operatorToken(sink.issuer);
  const url = `${target}/queues/${encodeURIComponent(String(queueName))}/messages`;
  const send = (): Promise<number> => sendOne(url, token, envelope(String(eventType), message));
  const answers: Record<string, number> = {};
  for (let sent = 0; sent < Number(copies); sent += AT_ONCE) {
    const count = Math.min(AT_ONCE, Number(copies) - sent);
    for (const status of await Promise.all(Array.from({ length: count }, send))) {
      answers[status] = (answers[status] ?? 0) + 1;
    }
  }
  return json(200, { sent: copies, answers });
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_COPIES;
}

async function operatorToken(issuer: TokenIssuer): Promise<string> {
  const operator = DEVELOPMENT_CLIENTS.find(({ client_id }) => client_id === 'migration-operator');
  if (!operator) throw new Error('The auth simulator has no client migration-operator');
  return (await issuer.issue(operator, 'http://localhost/auth/issuer')).access_token;
}

function envelope(eventType: string, message: unknown): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: randomUUID(),
    Message: JSON.stringify({ eventType, ...(message as object) }),
    MessageAttributes: { eventType: { Type: 'String', Value: eventType } },
  });
}

/** The status of the answer; 0 when there was none. */
async function sendOne(url: string, token: string, body: string): Promise<number> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
