import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from '#platform/http';
import { selectLatestSequences } from '../change-events/change-event-queries.ts';
import { readHistoryEntries } from '../console/history-entries.ts';
import type { DirectoryContext } from '../context.ts';
import { londonDate } from '../opening-times/times.ts';
import { otherValues, smokeEvent } from './smoke-event.ts';
import { differingFields, readSmokePharmacy, type SmokePharmacy, type SmokeValues } from './smoke-values.ts';

export interface SmokeOptions {
  odsCode: string;
  /** Where the endpoint is. */
  url: string;
  /** A key for the endpoint; one is made for the length of the test without it. */
  apiKey: string | undefined;
  onStep(step: SmokeStep): void;
}

export interface SmokeStep {
  step: string;
  isGood: boolean;
  detail: string;
}

export interface SmokeVerdict {
  ods_code: string;
  passed: boolean;
  steps: SmokeStep[];
}

/** The original looks after 30 s and then twelve times, every 10 s. */
const PATIENCE_MS = 150_000;
const POLL_MS = 500;
const KEY_NAME = 'smoke-test';

/**
 * Changes everything of one pharmacy through the endpoint, looks at DoS, and puts it back (5.10). It uses the newest
 * sequence number there is, which a newer event of NHS.uk is not held up by.
 * @throws HttpError 404 for a pharmacy that DoS does not have.
 */
export async function runSmokeTest(ctx: DirectoryContext, options: SmokeOptions): Promise<SmokeVerdict> {
  const today = londonDate(ctx.clock.now());
  const read = () => readSmokePharmacy(ctx, { odsCode: options.odsCode, today });
  const before = await read();
  if (!before) throw new HttpError(404, 'not_found', `DoS has no active pharmacy ${options.odsCode}`);
  const steps: SmokeStep[] = [];
  const note = (step: string, isGood: boolean, detail: string) => {
    steps.push({ step, isGood, detail });
    options.onStep({ step, isGood, detail });
  };
  const isRestorable = before.values.week.some((periods) => periods.length > 0);
  const apiKey = options.apiKey ?? (await makeKey(ctx));
  try {
    const changed = otherValues(before.values, ctx.clock.now());
    const round = async (name: string, from: SmokePharmacy, values: SmokeValues) => {
      const status = await send(ctx, { ...options, apiKey, event: smokeEvent(from, values) });
      note(`${name}: the endpoint accepts the event`, status === 200, `status ${status}`);
      if (status !== 200) return from;
      const after = await waitFor(read, (found) => differsFrom(values, found, isRestorable).length === 0);
      const left = after ? differsFrom(values, after, isRestorable) : ['the pharmacy itself'];
      note(`${name}: DoS says the same`, left.length === 0, left.join(', ') || 'every field');
      const missing = after ? missingInHistory(from, after, isRestorable) : [];
      note(`${name}: the newest history entries say so`, missing.length === 0, missing.join(', '));
      return after ?? from;
    };
    const after = await round('Changing it', before, changed);
    await round('Putting it back', after, before.values);
  } finally {
    if (options.apiKey === undefined) await ctx.apiKeys.revoke('directory', KEY_NAME);
  }
  return { ods_code: options.odsCode, passed: steps.every(({ isGood }) => isGood), steps };
}

/** Standard times are not put back where there were none: blank ones change nothing (6.8.4). */
function differsFrom(wanted: SmokeValues, found: SmokePharmacy, withWeek: boolean): string[] {
  return differingFields(wanted, found.values).filter(
    (field) => withWeek || !/^cmsopentime\w+day$/.test(field),
  );
}

/** The fields that changed and that the newest entry of the history does not name. */
function missingInHistory(from: SmokePharmacy, to: SmokePharmacy, withWeek: boolean): string[] {
  const newest = (history: string | null) =>
    new Set((readHistoryEntries(history, 1)?.[0]?.changes ?? []).map(({ key }) => key));
  const { pharmacy, bloodPressure, contraception } = to.histories;
  const named = new Set([
    ...newest(pharmacy),
    ...[...newest(bloodPressure)].map((key) => `blood pressure ${key}`),
    ...[...newest(contraception)].map((key) => `contraception ${key}`),
  ]);
  return differsFrom(to.values, from, withWeek).filter((field) => !named.has(field));
}

async function waitFor<T>(read: () => Promise<T | undefined>, isGood: (value: T) => boolean) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const value = await read();
    if ((value !== undefined && isGood(value)) || Date.now() > deadline) return value;
  }
}

async function makeKey(ctx: DirectoryContext): Promise<string> {
  const key = randomBytes(40).toString('hex');
  await ctx.apiKeys.put('directory', KEY_NAME, key);
  return key;
}

async function send(
  ctx: DirectoryContext,
  { odsCode, url, apiKey, event }: { odsCode: string; url: string; apiKey: string; event: object },
): Promise<number> {
  const latest = (await selectLatestSequences(ctx.db.kysely, [odsCode])).get(odsCode) ?? '0';
  const { status } = await ctx.outgoing.call({
    target: 'directory-endpoint',
    url: `${url.replace(/\/+$/, '')}/v1/change-event`,
    method: 'POST',
    headers: {
      'x-api-key': apiKey,
      'content-type': 'application/json',
      'sequence-number': latest,
      'correlation-id': `smoke-test-${randomBytes(6).toString('hex')}`,
    },
    body: JSON.stringify(event),
    timeoutMs: 10_000,
  });
  return status;
}
