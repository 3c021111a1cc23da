import { type OutgoingAnswer, OutgoingCallError, type OutgoingCalls } from '#platform/http';
import { reasonOf, type SendOptions, type SendOutcome } from './provider.ts';

/** How long a text message provider may take: internals section 6.4. */
export const PROVIDER_TIMEOUT_MS = 10_000;
/** Answers are some words of JSON; of a longer one the outcome is unknown. */
export const MOST_ANSWER_BYTES = 65_536;

/**
 * One call to a text message provider. No answer leaves the outcome unknown unless the provider was never reached;
 * an answer is judged by `judge`.
 */
export async function callSmsProvider(
  outgoing: OutgoingCalls,
  call: {
    target: string;
    url: string;
    headers: Record<string, string>;
    body: string;
    timeoutMs?: number;
  },
  options: SendOptions,
  judge: (answer: OutgoingAnswer) => SendOutcome,
): Promise<SendOutcome> {
  try {
    const answer = await outgoing.call({
      ...call,
      method: 'POST',
      timeoutMs: call.timeoutMs ?? PROVIDER_TIMEOUT_MS,
      maxBytes: MOST_ANSWER_BYTES,
      correlationId: options.correlationId,
      signal: options.signal,
    });
    return judge(answer);
  } catch (error) {
    if (!(error instanceof OutgoingCallError)) throw error;
    return { kind: error.mayHaveArrived ? 'unknown' : 'failed', reason: reasonOf(error) };
  }
}

/** The JSON of an answer; undefined when it is none. */
export function readJson(answer: OutgoingAnswer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `url` with user and password in it, where there are any. */
export function receiptAddress(
  url: string | undefined,
  credentials: { user: string; password: string } | undefined,
): string | undefined {
  if (url === undefined || credentials === undefined) return url;
  const address = new URL(url);
  address.username = credentials.user;
  address.password = credentials.password;
  return address.href;
}
