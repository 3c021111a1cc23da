import { OutgoingCallError } from '#platform/http';
import type { NotifyContext } from '../context.ts';

const TIMEOUT_MS = 5_000;

/** Does what people's monitors know by these names, and tells them how it went. */
export async function monitored<T>(
  ctx: Pick<NotifyContext, 'config' | 'outgoing' | 'apiUrl' | 'log'>,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const tell = async (state: 'run' | 'complete' | 'fail') => {
    for (const name of names) await pingMonitor(ctx, name, state);
  };
  await tell('run');
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await tell('fail');
    throw error;
  }
  await tell('complete');
  return result;
}

/** Tells the monitor of scheduled tasks, where one is set (internals section 8.3); its silence holds nothing up. */
async function pingMonitor(
  ctx: Pick<NotifyContext, 'config' | 'outgoing' | 'apiUrl' | 'log'>,
  name: string,
  state: 'run' | 'complete' | 'fail',
): Promise<void> {
  const key = ctx.config.monitorKeys[name];
  if (!ctx.config.isMonitorEnabled || key === undefined) return;
  const host = encodeURIComponent(ctx.apiUrl);
  const url = `${ctx.config.monitorUrl.replace(/\/+$/, '')}/${key}/${state}?host=${host}`;
  try {
    await ctx.outgoing.call({ target: 'cronitor', url, method: 'GET', timeoutMs: TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof OutgoingCallError)) throw error;
    ctx.log.warn({ task: name, state, fault: error.fault }, 'the monitor of scheduled tasks does not answer');
  }
}
