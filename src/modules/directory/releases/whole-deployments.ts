import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '#platform/auth';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { profileOf } from '../profiles.ts';
import { selectReleaseLink } from './release-queries.ts';
import {
  deployRelease,
  type ReleaseState,
  readReleases,
  switchRelease,
  undeployRelease,
  undeployShared,
  unlinkRelease,
} from './releases.ts';

// The whole way of a release by one command (promise 23): what the verbs of 5.8 do one by one, in their order and under
// their conditions.

export interface WholeDeployment {
  name: string;
  version: string;
  sharedEnvironment: string;
  withoutWorkers: boolean;
  waitSeconds: number;
}

const LOOK_MS = 500;

/**
 * Makes a release known, waits until a worker of it runs, and links it in place of the linked one. Without such a worker
 * the linked one goes on, and the release stays deployed. Throws HttpError for what is refused.
 */
export async function deployWhole(
  ctx: DirectoryContext,
  request: WholeDeployment,
  actor: Actor,
  tell: (line: string) => void,
): Promise<ReleaseState> {
  const { name, withoutWorkers, waitSeconds } = request;
  const state = await deployRelease(ctx, request, actor);
  if (state.connected_blue_green_environment === name) return state;
  const hasWorker = ({ releases }: ReleaseState) =>
    releases.some(({ blue_green_environment: other, workers }) => other === name && workers > 0);
  if (!withoutWorkers && !hasWorker(state)) {
    tell(`${name} is known. Waiting up to ${waitSeconds} s for a worker with ENVIRONMENT=${name}`);
    for (const until = Date.now() + waitSeconds * 1_000; Date.now() < until; await sleep(LOOK_MS)) {
      if (hasWorker(await readReleases(ctx))) break;
    }
  }
  return switchRelease(ctx, { name, withoutWorkers }, actor);
}

/**
 * Unlinks and undeploys one release, or every release and the shared layer's use of them. Not in live, where each step is
 * to be meant.
 */
export async function undeployWhole(
  ctx: DirectoryContext,
  { name }: { name?: string | undefined },
  actor: Actor,
): Promise<ReleaseState> {
  if (!profileOf(ctx.config.profile).hasTestHelpers) {
    throw new HttpError(409, 'refused', 'Not in live: unlink and undeploy there step by step');
  }
  if ((await selectReleaseLink(ctx.db.kysely)) === undefined) {
    throw new HttpError(409, 'refused', 'Releases are not in use');
  }
  const before = await readReleases(ctx);
  const names = before.releases.map(({ blue_green_environment: known }) => known);
  if (name !== undefined && !names.includes(name)) {
    throw new HttpError(409, 'refused', `${name} is not deployed`);
  }
  const going = name === undefined ? names : [name];
  const { connected_blue_green_environment: linked } = before;
  if (going.includes(linked)) await unlinkRelease(ctx, { name: linked }, actor);
  for (const release of going) await undeployRelease(ctx, { name: release }, actor);
  return name === undefined ? undeployShared(ctx, actor) : readReleases(ctx);
}
