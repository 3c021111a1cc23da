import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { asRefusal, commandActor } from '../replay/replay-command.ts';
import {
  checkShared,
  checkSharedDeployment,
  deployRelease,
  linkRelease,
  type ReleaseState,
  readReleases,
  rollBackRelease,
  undeployRelease,
  undeployShared,
  unlinkRelease,
} from './releases.ts';
import { deployWhole, undeployWhole } from './whole-deployments.ts';

const release = {
  type: 'string',
  description: 'ENVIRONMENT that its workers run with',
  required: true,
} as const;
const optional = { ...release, required: false };
const shared = {
  type: 'string',
  description: 'SHARED_ENVIRONMENT of the installation',
  required: true,
} as const;
const version = { type: 'string', description: 'Version or commit of the workers', required: true } as const;

const withoutWorkers = {
  type: 'boolean',
  description: 'Link although no worker of the release runs yet',
} as const;

interface Verb {
  name: string;
  summary: string;
  options?: ModuleCommand['options'];
  run(
    ctx: DirectoryContext,
    values: Record<string, string | undefined>,
    flags: ModuleCommandValues,
    print: (line: string) => void,
  ): Promise<ReleaseState>;
}

/** The verbs of the original's make file; parameters also as NAME=value (spec section 5.8). */
const verbs: Verb[] = [
  {
    name: 'deploy-shared-resources',
    summary: 'Check that the shared layer may be changed; creating it is starting the product',
    options: { 'shared-environment': { ...shared, required: false } },
    run: (ctx) => checkSharedDeployment(ctx),
  },
  {
    name: 'deploy-blue-green-environment',
    summary: 'Make a release known, before its workers start; it waits to be linked',
    options: { version, 'shared-environment': shared, 'blue-green-environment': release },
    run: (ctx, values) => deployRelease(ctx, toRelease(values), commandActor),
  },
  {
    name: 'build-and-deploy',
    summary: 'Make a release known, wait for its workers, and link it in place of the linked one',
    options: {
      version,
      'shared-environment': shared,
      'blue-green-environment': release,
      'wait-seconds': { type: 'string', description: 'How long its first worker may take (default: 60)' },
      'without-workers': withoutWorkers,
    },
    run: (ctx, values, flags, print) =>
      deployWhole(
        ctx,
        {
          ...toRelease(values),
          withoutWorkers: flags['without-workers'] === true,
          waitSeconds: readWait(values['wait-seconds']),
        },
        commandActor,
        print,
      ),
  },
  {
    name: 'undeploy',
    summary: 'Unlink and undeploy one release, or all of them and their use; not in live',
    options: {
      'blue-green-environment': { ...optional, description: 'One release; every one by default' },
      'shared-environment': { ...shared, required: false },
    },
    run: (ctx, values) => undeployWhole(ctx, { name: values['blue-green-environment'] }, commandActor),
  },
  {
    name: 'quick-build-and-deploy',
    summary: 'Record a new version of the workers of a release, linked or not',
    options: { version, 'shared-environment': shared, 'blue-green-environment': release },
    run: (ctx, values) => deployRelease(ctx, toRelease(values), commandActor),
  },
  {
    name: 'unlink-blue-green-environment',
    summary: 'Let change events wait; what was taken already is finished',
    options: { 'blue-green-environment': optional, 'shared-environment': { ...shared, required: false } },
    run: (ctx, values) => unlinkRelease(ctx, { name: values['blue-green-environment'] }, commandActor),
  },
  {
    name: 'link-blue-green-environment',
    summary: 'Let a release take change events',
    options: {
      'blue-green-environment': release,
      'shared-environment': { ...shared, required: false },
      'previous-blue-green-environment': {
        ...optional,
        description: 'Release to roll back to; the last one by default',
      },
      'without-workers': withoutWorkers,
    },
    run: (ctx, values, flags) =>
      linkRelease(
        ctx,
        {
          name: values['blue-green-environment'] ?? '',
          previous: values['previous-blue-green-environment'],
          withoutWorkers: flags['without-workers'] === true,
        },
        commandActor,
      ),
  },
  {
    name: 'rollback-blue-green-environment',
    summary: 'Link the previous release in place of the linked one',
    options: { 'shared-environment': { ...shared, required: false } },
    run: (ctx) => rollBackRelease(ctx, commandActor),
  },
  {
    name: 'undeploy-blue-green-environment',
    summary: 'Forget a release; refused while it is linked',
    options: { 'blue-green-environment': release, 'shared-environment': { ...shared, required: false } },
    run: (ctx, values) =>
      undeployRelease(ctx, { name: values['blue-green-environment'] ?? '' }, commandActor),
  },
  {
    name: 'undeploy-shared-resources',
    summary: 'End the use of releases; refused while any is deployed, and data stays',
    options: { 'shared-environment': { ...shared, required: false } },
    run: (ctx) => undeployShared(ctx, commandActor),
  },
  {
    name: 'releases',
    summary: 'Which releases are deployed, and which one is linked',
    run: (ctx) => readReleases(ctx),
  },
];

/** `signalbox directory link-blue-green-environment BLUE_GREEN_ENVIRONMENT=...` and its like. */
export function releaseCommands(ctx: DirectoryContext): ModuleCommand[] {
  return verbs.map(({ name, summary, options = {}, run }) => ({
    name,
    summary,
    options,
    run: (values, print) =>
      asRefusal(async () => {
        const texts = Object.entries(values).flatMap(([key, value]) =>
          typeof value === 'string' ? [[key, value] as const] : [],
        );
        const { 'shared-environment': sharedEnvironment } = Object.fromEntries(texts);
        if (sharedEnvironment !== undefined) checkShared(ctx, sharedEnvironment);
        const state = await run(ctx, Object.fromEntries(texts), values, print);
        printState(state, print);
        return state;
      }),
  }));
}

function toRelease(values: Record<string, string | undefined>) {
  return {
    name: values['blue-green-environment'] ?? '',
    version: values.version ?? '',
    sharedEnvironment: values['shared-environment'] ?? '',
  };
}

const DEFAULT_WAIT_SECONDS = 60;

function readWait(text: string | undefined): number {
  if (text === undefined) return DEFAULT_WAIT_SECONDS;
  if (!/^\d{1,4}$/.test(text)) throw new CommandRefusal('--wait-seconds is a number from 0 to 9999', 2);
  return Number(text);
}

function printState(state: ReleaseState, print: (line: string) => void): void {
  print(`connected_blue_green_environment = ${state.connected_blue_green_environment}`);
  print(`previous_blue_green_environment = ${state.previous_blue_green_environment}`);
  for (const { blue_green_environment: name, version: built, state: doing, workers } of state.releases) {
    print(`  ${name}  version ${built}  ${doing}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`);
  }
}
