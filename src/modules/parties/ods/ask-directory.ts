import { type OutgoingAnswer, OutgoingCallError, type OutgoingCalls } from '#platform/http';

export type DirectoryAnswer = 'known' | 'unknown' | 'unavailable';

/** Attempts, the waits between them, and the time for each: at most 9 s in all (spec section 6.5, D10). */
export interface AskTiming {
  timeoutMs: number;
  waitsMs: number[];
}

export const ASK_TIMING: AskTiming = { timeoutMs: 2_000, waitsMs: [1_000, 2_000] };

/** The directory gave an answer that is neither yes nor no, such as a redirect. */
export class OddDirectoryAnswerError extends Error {
  constructor(status: number) {
    super(`The organisation directory answered with status ${status}`);
    this.name = 'OddDirectoryAnswerError';
  }
}

/** Asks the organisation directory for a code; transient failures are tried again. */
export async function askDirectory(options: {
  outgoing: OutgoingCalls;
  organisationsUrl: string;
  odsCode: string;
  correlationId: string;
  timing: AskTiming;
}): Promise<DirectoryAnswer> {
  const { outgoing, organisationsUrl, odsCode, correlationId, timing } = options;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await attemptCall(outgoing, {
      url: `${organisationsUrl}/${encodeURIComponent(odsCode)}`,
      correlationId,
      timeoutMs: timing.timeoutMs,
    });
    const meaning = answer === undefined ? 'unavailable' : meaningOf(answer.status);
    const waitMs = timing.waitsMs[attempt];
    if (meaning !== 'unavailable' || waitMs === undefined) return meaning;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

async function attemptCall(
  outgoing: OutgoingCalls,
  call: { url: string; correlationId: string; timeoutMs: number },
): Promise<OutgoingAnswer | undefined> {
  try {
    return await outgoing.call({
      target: 'ods',
      method: 'GET',
      headers: { accept: 'application/json' },
      ...call,
    });
  } catch (error) {
    if (error instanceof OutgoingCallError) return undefined;
    throw error;
  }
}

function meaningOf(status: number): DirectoryAnswer {
  if (status === 200) return 'known';
  // The original takes 408 and 429 for "no such organisation".
  if (status === 408 || status === 429 || status >= 500) return 'unavailable';
  if (status >= 400) return 'unknown';
  throw new OddDirectoryAnswerError(status);
}

/**
 * Where organisations are read below the directory's address, which may be given with or without the path of its
 * interface.
 */
export function organisationsUrlOf(directoryUrl: string): string {
  const url = directoryUrl.replace(/\/+$/, '');
  if (url.endsWith('/organisations')) return url;
  return url.endsWith('/ORD/2-0-0') ? `${url}/organisations` : `${url}/ORD/2-0-0/organisations`;
}
