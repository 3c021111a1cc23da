import type { Handle } from '#platform/db';
import type { DirectoryContext } from '../context.ts';
import type { SlackAlarm } from '../slack/slack-message.ts';
import { sendSlackMessageTask } from '../tasks/operation-definitions.ts';
import type { ReleaseLink } from './release-queries.ts';

/** What is done with releases, by the names of the audit. */
export type ReleaseAction =
  | 'release.deployed'
  | 'release.linked'
  | 'release.unlinked'
  | 'release.rolled_back'
  | 'release.undeployed'
  | 'release.shared_undeployed';

/** A deployment begins with making the release known and ends with its link (8.7). */
const TITLES: Record<ReleaseAction, (name: string) => string> = {
  'release.deployed': (name) => `Deployment of ${name} started`,
  'release.linked': (name) => `Deployment of ${name} succeeded`,
  'release.unlinked': (name) => `${name} unlinked`,
  'release.rolled_back': (name) => `${name} rolled back`,
  'release.undeployed': (name) => `${name} undeployed`,
  'release.shared_undeployed': () => 'Releases are no longer in use',
};

/** Tells the status channel of a change of releases, in the transaction that makes it. */
export async function announceRelease(
  ctx: DirectoryContext,
  trx: Handle,
  { action, name, link }: { action: ReleaseAction; name: string; link: ReleaseLink | undefined },
): Promise<void> {
  const linked = link?.linked ?? null;
  const description =
    linked === null ? 'No release is linked: change events wait' : `Change events are taken by ${linked}`;
  await tell(ctx, trx, {
    title: TITLES[action](name),
    state: 'OK',
    description: action === 'release.shared_undeployed' ? 'Every worker takes change events' : description,
  });
}

/** Tells the status channel of what was asked for and refused. */
export async function announceRefusal(
  ctx: DirectoryContext,
  { action, name }: { action: ReleaseAction; name: string },
  reason: string,
): Promise<void> {
  const [, verb = ''] = action.split('.');
  const title = `Deployment failed: ${name === '' ? 'a release' : name} was not ${verb.replaceAll('_', ' ')}`;
  await tell(ctx, null, { title, state: 'ALARM', description: reason });
}

async function tell(
  ctx: DirectoryContext,
  trx: Handle | null,
  { title, state, description }: Pick<SlackAlarm, 'state' | 'description'> & { title: string },
): Promise<void> {
  const name = `uec-dos-int | ${ctx.alarms.environments.shared} | ${title}`;
  const timeMs = ctx.clock.now().getTime();
  await ctx.jobs.enqueue(trx, sendSlackMessageTask, [{ payload: { name, state, description, timeMs } }]);
}
