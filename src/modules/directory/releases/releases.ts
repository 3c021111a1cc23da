import type { Actor } from '#platform/auth';
import type { Handle } from '#platform/db';
import { HttpError } from '#platform/http';
import type { DirectoryContext } from '../context.ts';
import { announceRefusal, announceRelease, type ReleaseAction } from './announcements.ts';
import {
  countReleaseWorkers,
  deleteRelease,
  deleteReleaseLink,
  lockReleaseLink,
  type ReleaseLink,
  selectReleaseLink,
  selectReleases,
  upsertRelease,
  upsertReleaseLink,
} from './release-queries.ts';

/** What the link of the original records (spec section 5.8), and what is deployed beside it. */
export interface ReleaseState {
  connected_blue_green_environment: string;
  previous_blue_green_environment: string;
  releases: {
    blue_green_environment: string;
    version: string;
    shared_environment: string;
    state: 'linked' | 'draining' | 'deployed';
    /** Worker processes seen within the last seconds. */
    workers: number;
    deployed_at: string;
  }[];
}

const NONE = 'NA';
/** A worker tells every 3 s that it is alive. */
const ALIVE_SECONDS = 10;

export async function readReleases(ctx: DirectoryContext): Promise<ReleaseState> {
  const { kysely } = ctx.db;
  const [link, releases, workers] = [
    await selectReleaseLink(kysely),
    await selectReleases(kysely),
    await countReleaseWorkers(kysely, ALIVE_SECONDS),
  ];
  return {
    connected_blue_green_environment: link?.linked ?? NONE,
    previous_blue_green_environment: link?.previous ?? NONE,
    releases: releases.map(({ name, version, shared_environment, deployed_at }) => ({
      blue_green_environment: name,
      version,
      shared_environment,
      state: name === link?.linked ? 'linked' : name === link?.draining ? 'draining' : 'deployed',
      workers: workers.get(name) ?? 0,
      deployed_at: deployed_at.toISOString(),
    })),
  };
}

/** What may be done with a release now; a text says why not. */
export interface ReleaseOptions {
  link: true | string;
  undeploy: true | string;
}

/** The conditions of 5.8 as they stand, for people who are about to decide; each verb checks them again itself. */
export function releaseOptions(state: ReleaseState): {
  unlink: true | string;
  rollBack: true | string;
  byName: Record<string, ReleaseOptions>;
} {
  const { connected_blue_green_environment: linked, previous_blue_green_environment: previous } = state;
  const workersOf = (name: string) =>
    state.releases.find(({ blue_green_environment: other }) => other === name)?.workers;
  const optionsOf = (name: string): ReleaseOptions => {
    const isLinked = name === linked;
    if (isLinked) return { link: 'It is linked', undeploy: 'Unlink it first' };
    const isFree = linked === NONE;
    const canWork = (workersOf(name) ?? 0) > 0;
    const why = isFree ? `No worker of ${name} runs` : `${linked} is linked: unlink it first`;
    return { link: isFree && canWork ? true : why, undeploy: true };
  };
  const noWayBack =
    previous === NONE
      ? 'There is no previous release'
      : workersOf(previous) === undefined
        ? `${previous} is not deployed any more`
        : `No worker of ${previous} runs`;
  return {
    unlink: linked === NONE ? 'No release is linked' : true,
    rollBack: (workersOf(previous) ?? 0) > 0 ? true : noWayBack,
    byName: Object.fromEntries(
      state.releases.map(({ blue_green_environment: name }) => [name, optionsOf(name)]),
    ),
  };
}

/**
 * Makes a release known, before its workers start: from then on it does nothing until it is linked. The first time, the
 * release whose workers run already becomes the linked one.
 */
export async function deployRelease(
  ctx: DirectoryContext,
  release: { name: string; version: string; sharedEnvironment: string },
  actor: Actor,
): Promise<ReleaseState> {
  checkName('BLUE_GREEN_ENVIRONMENT', release.name);
  checkName('VERSION', release.version);
  checkShared(ctx, release.sharedEnvironment);
  return change(ctx, actor, { action: 'release.deployed', name: release.name }, async (trx, link) => {
    const at = ctx.clock.now();
    const row = { shared_environment: release.sharedEnvironment, deployed_at: at, deployed_by: actor.name };
    await upsertRelease(trx, { ...row, name: release.name, version: release.version });
    if (link !== undefined) return link;
    const running = await countReleaseWorkers(trx, ALIVE_SECONDS);
    running.delete(release.name);
    const [first, second] = [...running.keys()];
    if (second !== undefined) {
      throw refused(
        `Workers of several environments run (${[...running.keys()].join(', ')}): stop all but the linked one`,
      );
    }
    if (first !== undefined) await upsertRelease(trx, { ...row, name: first, version: 'unknown' });
    return toLink(ctx, actor, { linked: first ?? null, previous: null, draining: first ?? null });
  });
}

/** Lets a release take change events. Refused while another one does, and without workers that could. */
export async function linkRelease(
  ctx: DirectoryContext,
  request: { name: string; previous?: string | undefined; withoutWorkers?: boolean | undefined },
  actor: Actor,
): Promise<ReleaseState> {
  const { name, previous, withoutWorkers = false } = request;
  return change(ctx, actor, { action: 'release.linked', name }, async (trx, link) => {
    await requireDeployed(trx, name);
    if (link?.linked === name) throw refused(`${name} is linked already`);
    if (link?.linked) throw refused(`${link.linked} is linked: unlink it first`);
    if (previous !== undefined) await requireDeployed(trx, previous);
    if (!withoutWorkers) await requireWorkers(trx, name);
    const before = link?.draining !== name ? link?.draining : link?.previous;
    return toLink(ctx, actor, { linked: name, previous: previous ?? before ?? null, draining: name });
  });
}

/** From the commit on, no change event is taken until a release is linked; they wait, and the endpoint goes on. */
export async function unlinkRelease(
  ctx: DirectoryContext,
  request: { name?: string | undefined },
  actor: Actor,
): Promise<ReleaseState> {
  return change(ctx, actor, { action: 'release.unlinked', name: request.name ?? '' }, async (_trx, link) => {
    if (!link?.linked) throw refused('No release is linked');
    if (request.name !== undefined && request.name !== link.linked) {
      throw refused(`${request.name} is not linked; ${link.linked} is`);
    }
    return { ...toLink(ctx, actor, link), linked: null };
  });
}

/** Links a release in place of the linked one, in one step. */
export async function switchRelease(
  ctx: DirectoryContext,
  { name, withoutWorkers }: { name: string; withoutWorkers: boolean },
  actor: Actor,
): Promise<ReleaseState> {
  return change(ctx, actor, { action: 'release.linked', name }, async (trx, link) => {
    await requireDeployed(trx, name);
    if (!withoutWorkers) await requireWorkers(trx, name);
    const before = link?.draining !== name ? link?.draining : link?.previous;
    return toLink(ctx, actor, { linked: name, previous: before ?? null, draining: name });
  });
}

/** Unlinks and links the previous release again, in one step. */
export async function rollBackRelease(ctx: DirectoryContext, actor: Actor): Promise<ReleaseState> {
  return change(ctx, actor, { action: 'release.rolled_back', name: '' }, async (trx, link) => {
    const { previous } = link ?? {};
    if (!link || !previous) throw refused('There is no previous release to go back to');
    await requireDeployed(trx, previous);
    await requireWorkers(trx, previous);
    return toLink(ctx, actor, { linked: previous, previous: link.draining, draining: previous });
  });
}

/** Forgets a release; its workers, if any still run, do nothing from then on. Refused while it is linked. */
export async function undeployRelease(
  ctx: DirectoryContext,
  { name }: { name: string },
  actor: Actor,
): Promise<ReleaseState> {
  return change(ctx, actor, { action: 'release.undeployed', name }, async (trx, link) => {
    await requireDeployed(trx, name);
    if (!link) throw refused('Releases are not in use');
    if (link.linked === name) throw refused(`${name} is linked: unlink it first`);
    await deleteRelease(trx, name);
    return {
      ...toLink(ctx, actor, link),
      previous: link.previous === name ? null : link.previous,
      draining: link.draining === name ? null : link.draining,
    };
  });
}

/** Ends the use of releases. Events, keys and the register stay. Refused while any release is deployed. */
export async function undeployShared(ctx: DirectoryContext, actor: Actor): Promise<ReleaseState> {
  return change(ctx, actor, { action: 'release.shared_undeployed', name: '' }, async (trx) => {
    const [first] = await selectReleases(trx);
    if (first) throw refused(`${first.name} is deployed: undeploy every blue/green environment first`);
    await deleteReleaseLink(trx);
    return undefined;
  });
}

/** The shared layer is the database and the listeners; it is changed only while no release is linked. */
export async function checkSharedDeployment(ctx: DirectoryContext): Promise<ReleaseState> {
  const link = await selectReleaseLink(ctx.db.kysely);
  if (link?.linked)
    throw refused(`${link.linked} is linked: unlink it before and link it after the shared layer changes`);
  return readReleases(ctx);
}

async function change(
  ctx: DirectoryContext,
  actor: Actor,
  what: { action: ReleaseAction; name: string },
  work: (trx: Handle, link: ReleaseLink | undefined) => Promise<ReleaseLink | undefined>,
): Promise<ReleaseState> {
  // Else what is no name would stand in the audit and in Slack.
  if (what.name !== '') checkName('BLUE_GREEN_ENVIRONMENT', what.name);
  try {
    await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
      const before = await lockReleaseLink(trx);
      const link = await work(trx, before);
      const name = what.name || (before?.linked ?? NONE);
      if (link) await upsertReleaseLink(trx, link);
      await ctx.audit(trx, {
        actor,
        action: what.action,
        target: `release:${name}`,
        details: { linked: link?.linked ?? null, previous: link?.previous ?? null },
      });
      await announceRelease(ctx, trx, { action: what.action, name, link });
    });
  } catch (error) {
    // What was refused has changed nothing, so this stands alone.
    if (error instanceof HttpError) await announceRefusal(ctx, what, error.message);
    throw error;
  }
  return readReleases(ctx);
}

function toLink(
  ctx: DirectoryContext,
  actor: Actor,
  link: Pick<ReleaseLink, 'linked' | 'previous' | 'draining'>,
): ReleaseLink {
  const { linked, previous, draining } = link;
  return { linked, previous, draining, changedAt: ctx.clock.now(), changedBy: actor.name };
}

async function requireDeployed(trx: Handle, name: string): Promise<void> {
  const releases = await selectReleases(trx);
  if (!releases.some((release) => release.name === name)) throw refused(`${name} is not deployed`);
}

async function requireWorkers(trx: Handle, name: string): Promise<void> {
  if ((await countReleaseWorkers(trx, ALIVE_SECONDS)).has(name)) return;
  throw refused(`No worker of ${name} runs: start one with ENVIRONMENT=${name}`);
}

function checkName(parameter: string, value: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value)) {
    throw new HttpError(
      400,
      'invalid_name',
      `${parameter} must be letters, digits, dots, dashes and underscores`,
    );
  }
}

/** Throws an HttpError when a command means another installation than this one. */
export function checkShared({ config }: DirectoryContext, given: string): void {
  checkName('SHARED_ENVIRONMENT', given);
  const { sharedEnvironment: own = given } = config;
  if (given !== own) {
    throw refused(`The shared environment here is ${own}, not ${given}: see SHARED_ENVIRONMENT`);
  }
}

function refused(message: string): HttpError {
  return new HttpError(409, 'refused', message);
}
