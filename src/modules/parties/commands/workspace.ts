import { userInfo } from 'node:os';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import {
  checkWorkspaceName,
  defaultWorkspaceName,
  ENVIRONMENTS,
  expiryText,
} from '../workspaces/workspace-names.ts';
import {
  deployWorkspace,
  destroyExpired,
  destroyRedundant,
  destroyWorkspace,
  forceDestroy,
  listWorkspaces,
  planDeployment,
} from '../workspaces/workspaces.ts';

type Print = (line: string) => void;
type Action = (ctx: PartiesContext, values: ModuleCommandValues, print: Print) => Promise<unknown>;

const ACTIONS: Record<string, Action> = {
  create: deploy,
  deploy,
  plan,
  destroy,
  list,
  'destroy-expired': expired,
  'destroy-redundant': redundant,
};

/** `signalbox parties workspace <action>`: isolated deployments, each a database on the same server (spec 8.6). */
export function workspaceCommand(ctx: PartiesContext): ModuleCommand {
  return {
    name: 'workspace',
    summary: 'Create, list and destroy workspaces',
    positionals: [{ name: 'action', description: Object.keys(ACTIONS).join(', ') }],
    options: {
      name: { type: 'string', description: 'Name of the workspace; a hash of your user name without it' },
      environment: { type: 'string', description: `${ENVIRONMENTS.join(', ')}; dev without it` },
      commit: { type: 'string', description: 'Commit that is deployed, or the current one of a branch' },
      branch: { type: 'string', description: 'Branch whose redundant workspaces go' },
      'all-commits': { type: 'boolean', description: "Also the current commit's" },
      'kill-all': { type: 'boolean', description: 'With --all-commits: without looking at the commits' },
      force: { type: 'boolean', description: 'Take a corrupted workspace apart piece by piece' },
    },
    run: async (values, print) => {
      const action = ACTIONS[String(values.action)];
      if (!action) throw new CommandRefusal(`A workspace can be: ${Object.keys(ACTIONS).join(', ')}`, 2);
      return action(ctx, values, print);
    },
  };
}

async function deploy(ctx: PartiesContext, values: ModuleCommandValues, print: Print) {
  const name = nameOf(values);
  const environment = environmentOf(values);
  const commit = typeof values.commit === 'string' ? values.commit : undefined;
  const { databaseUrl, apiKey, route } = await deployWorkspace(ctx.workspaces, { name, environment, commit });
  print(`Workspace ${name} of ${environment} is deployed. It answers under ${route} of this module's port.`);
  if (apiKey !== undefined) print(`Its API key, shown this once: ${apiKey}`);
  return { workspace: name, environment, route, databaseUrl, apiKey };
}

async function plan(ctx: PartiesContext, values: ModuleCommandValues, print: Print) {
  const name = nameOf(values);
  const environment = environmentOf(values);
  const pending = await planDeployment(ctx.workspaces, { name, environment });
  for (const { set, version, name: what } of pending) print(`${set} ${version} ${what}`);
  if (pending.length === 0) print('No schema migration would run.');
  return { workspace: name, environment, pending };
}

async function destroy(ctx: PartiesContext, values: ModuleCommandValues, print: Print) {
  const name = nameOf(values);
  const environment = environmentOf(values);
  if (values.force !== true) {
    await destroyWorkspace(ctx.workspaces, environment, name);
    print(`Workspace ${name} of ${environment} is gone.`);
    return { destroyed: [name] };
  }
  if (ENVIRONMENTS.includes(name)) throw new CommandRefusal(`${name} is persistent and is never forced`, 2);
  const { done, failed } = await forceDestroy(ctx.workspaces, environment, name);
  for (const step of done) print(`removed  ${step}`);
  for (const { step, error } of failed) print(`failed   ${step}: ${messageOf(error)}`);
  print(`Now run: signalbox parties workspace destroy --name ${name} --environment ${environment}`);
  return { removed: done, failed: failed.map(({ step, error }) => ({ step, error: messageOf(error) })) };
}

async function list(ctx: PartiesContext, _values: ModuleCommandValues, print: Print) {
  const records = (await listWorkspaces(ctx.workspaces)).map((row) => ({
    Workspace: row.workspace,
    Environment: row.environment,
    WorkspaceType: row.workspace_type,
    CreatedOn: expiryText(row.created_on),
    LastUpdated: expiryText(row.last_updated),
    ExpirationDate: expiryText(row.expiration_date),
    route: row.route,
    temporary: row.is_temporary,
  }));
  for (const record of records) {
    print(
      `${record.Environment.padEnd(5)} ${record.Workspace.padEnd(32)} ${record.WorkspaceType.padEnd(10)} expires ${record.ExpirationDate}`,
    );
  }
  if (records.length === 0) print('There are no workspaces.');
  return records;
}

async function expired(ctx: PartiesContext, values: ModuleCommandValues, print: Print) {
  const environments = values.environment === undefined ? ['dev', 'ref'] : [environmentOf(values)];
  return tell(await destroyExpired(ctx.workspaces, environments), print);
}

async function redundant(ctx: PartiesContext, values: ModuleCommandValues, print: Print) {
  const { branch, commit } = values;
  if (typeof branch !== 'string' || typeof commit !== 'string') {
    throw new CommandRefusal('Name the branch and its current commit: --branch ... --commit ...', 2);
  }
  const result = await destroyRedundant(ctx.workspaces, {
    branch,
    commit,
    allCommits: values['all-commits'] === true,
    killAll: values['kill-all'] === true,
    folder: '.',
  });
  return tell(result, print);
}

function tell(
  { destroyed, failed }: { destroyed: string[]; failed: { workspace: string; error: unknown }[] },
  print: Print,
) {
  for (const name of destroyed) print(`destroyed  ${name}`);
  for (const { workspace, error } of failed) print(`failed     ${workspace}: ${messageOf(error)}`);
  if (destroyed.length + failed.length === 0) print('There was nothing to destroy.');
  return {
    destroyed,
    failed: failed.map(({ workspace, error }) => ({ workspace, error: messageOf(error) })),
  };
}

function nameOf(values: ModuleCommandValues): string {
  const { name } = values;
  return checkWorkspaceName(typeof name === 'string' ? name : defaultWorkspaceName(userInfo().username));
}

function environmentOf(values: ModuleCommandValues): string {
  const { environment = 'dev' } = values;
  if (typeof environment !== 'string' || !ENVIRONMENTS.includes(environment)) {
    throw new CommandRefusal(`An environment is one of ${ENVIRONMENTS.join(', ')}`, 2);
  }
  return environment;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
