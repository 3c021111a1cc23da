import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '#platform/auth';
import { HttpError } from '#platform/http';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { replayEvent } from './replay-event.ts';
import { findReplay, type ReplayRun, startReplay } from './replay-run.ts';

const POLL_MS = 250;
const PATIENCE_MS = 600_000;
export const commandActor: Actor = { kind: 'cli', id: 'cli:directory', name: 'Command line' };

/** `signalbox directory replay`: one event, a time window, or any filter. */
export function replayCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'replay',
    summary: 'Put stored change events back on the queue: one, a time window, or whatever a filter chooses',
    options: {
      'ods-code': {
        type: 'string',
        description: 'ODS code; with --sequence-number that one event, else all of the code',
      },
      'sequence-number': { type: 'string', description: 'Sequence number of the one event' },
      since: {
        type: 'string',
        description: 'Events first received at or after this time (ISO, or 2h, 7d ago)',
      },
      until: { type: 'string', description: 'Events first received before this time' },
      filter: {
        type: 'string',
        description:
          'Terms such as "ods-code=FA*", "sequence>=5", "report=INVALID_POSTCODE", "failed=yes", "Postcode=LS1*"',
      },
      'no-wait': { type: 'boolean', description: 'Return at once; the worker goes on by itself' },
    },
    run: (values, print) => asRefusal(() => run(ctx, values, print)),
  };
}

async function run(ctx: DirectoryContext, values: ModuleCommandValues, print: (line: string) => void) {
  const odsCode = text(values, 'ods-code');
  const sequenceNumber = text(values, 'sequence-number');
  // An empty variable of a shell must not turn one code into all of them.
  if (odsCode === '') throw new CommandRefusal('--ods-code is empty', 2);
  if (sequenceNumber !== undefined) {
    if (odsCode === undefined) throw new CommandRefusal('--sequence-number needs --ods-code', 2);
    const answer = await replayEvent(ctx, { odsCode, sequenceNumber }, commandActor);
    print(`${answer.message}: correlation id ${answer.correlation_id}`);
    return answer;
  }
  const filter = [text(values, 'filter'), odsCode === undefined ? undefined : `ods-code="${odsCode}"`];
  const request = {
    since: text(values, 'since'),
    until: text(values, 'until'),
    filter: filter.some((part) => part !== undefined) ? filter.filter(Boolean).join(' ') : undefined,
  };
  const started = await startReplay(ctx, request, commandActor);
  const ended = values['no-wait'] ? started : await waitForEnd(ctx, started, print);
  print(
    ended.state === 'finished'
      ? `Queued ${ended.queued} of ${ended.looked_at} stored events (${ended.superseded} superseded by a later one of the same number).`
      : `Replay ${ended.replay_id} goes on in the worker: ${ended.queued} events queued so far.`,
  );
  return ended;
}

async function waitForEnd(ctx: DirectoryContext, started: ReplayRun, print: (line: string) => void) {
  let queued = 0;
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const run = await findReplay(ctx, started.replay_id);
    if (run.state === 'finished' || Date.now() > deadline) return run;
    if (run.queued > queued) print(`${run.queued} events queued ...`);
    queued = run.queued;
  }
}

/** What a person can mend is told as it is, without a stack. */
export async function asRefusal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpError) throw new CommandRefusal(error.message, error.status === 400 ? 2 : 1);
    throw error;
  }
}

export function text(values: ModuleCommandValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
