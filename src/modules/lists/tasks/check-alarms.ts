import type { Handle } from '#platform/db';
import type { ListsContext } from '../context.ts';
import { listsEvent } from '../events.ts';
import { selectMark, upsertMark } from '../policy/settings-queries.ts';
import { ALARMS, type AlarmMemory } from './alarm-checks.ts';
import { sendAlert } from './alert-not-found.ts';
import { setGauges } from './gauges.ts';
import { readTraffic } from './traffic.ts';

const MARK = 'alarms';
/** A little more than the longest window that is looked at. */
const KEPT_MS = 12 * 60_000;

interface AlarmState extends AlarmMemory {
  /** Since when each alarm that is on has been on. */
  on: Record<string, number>;
}

/**
 * Looks at everything that is watched, each minute, and tells the operators once when an alarm begins; that it ended is
 * in the register (spec section 8.5).
 */
export async function checkAlarms(ctx: ListsContext): Promise<void> {
  await setGauges(ctx);
  const now = ctx.clock.now();
  const state = await readState(ctx, now.getTime());
  const found = new Map<string, string | undefined>();
  for (const { name, check } of ALARMS) found.set(name, await check(ctx, state));
  const counted = await readTraffic(ctx);
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    const on: Record<string, number> = {};
    for (const [name, problem] of found) {
      const since = state.on[name];
      if (problem !== undefined) on[name] = since ?? now.getTime();
      if ((problem === undefined) === (since === undefined)) continue;
      const event = problem === undefined ? 'alarm.cleared' : 'alarm.raised';
      await ctx.events.append(trx, [listsEvent(event, null, [], { alarm: name })]);
      if (problem === undefined) continue;
      ctx.log.warn({ alarm: name }, 'alarm raised');
      await sendAlert(ctx, trx, {
        summary: `Alarm: ${name}`,
        details: problem,
        onceKey: `alarm:${name}:${now.toISOString()}`,
      });
    }
    const traffic = [...state.traffic, { at: now.getTime(), counted }].filter(
      ({ at }) => at >= now.getTime() - KEPT_MS,
    );
    await upsertMark(trx, MARK, { on, traffic, firstCheckedAt: state.firstCheckedAt }, now);
  });
}

async function readState(ctx: ListsContext, now: number): Promise<AlarmState> {
  const mark = await selectMark(ctx.db.kysely, MARK);
  // What the run before this one wrote.
  const stored = (mark?.value ?? {}) as Partial<AlarmState>;
  return { on: stored.on ?? {}, traffic: stored.traffic ?? [], firstCheckedAt: stored.firstCheckedAt ?? now };
}
