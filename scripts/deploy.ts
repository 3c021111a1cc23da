// Deploys the parties register of one environment from the release that is checked out: npm run workflow:deploy.
import { execFile, execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import { runSmoke } from '../test/parties/smoke-checks.ts';
import { remoteTarget } from '../test/parties/targets.ts';
import {
  ApprovalNeeded,
  checkDeployment,
  type DeploymentResult,
  needsApproval,
  planIdOf,
  publishesDescription,
  runStages,
  type Stage,
  workspaceOf,
} from './workflow/deployment.ts';
import { postNotice } from './workflow/notices.ts';

const USAGE = `Deploys the release that is checked out to one environment: builds it, plans, applies, waits for the published
route, checks the API description where it is published, smoke-tests, and tells SLACK_WEBHOOK_URL.

  npm run workflow:deploy -- --environment dev --base-url https://dev.example.org [--sandbox] [--apikey <key>]

DATABASE_URL or SIGNALBOX_DATA_DIR names the installation whose server holds the environment's workspace; --base-url is
the parties port of that installation. --plan-only stops behind the plan. Production stops there, too (exit code 3), and
goes on when it is run again with --plan <the id it printed>; a plan that has changed meanwhile needs a new approval.`;

const { values } = parseArgs({
  options: {
    environment: { type: 'string', default: '' },
    'base-url': { type: 'string' },
    tag: { type: 'string' },
    sandbox: { type: 'boolean', default: false },
    apikey: { type: 'string', default: '' },
    plan: { type: 'string' },
    'plan-only': { type: 'boolean', default: false },
    'skip-build': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const ROUTE_WAIT_MS = 30_000;
const run = promisify(execFile);
const OPENAPI = new URL('../src/modules/parties/openapi/openapi.yaml', import.meta.url);

if (values.help) console.log(USAGE);
else await deploy();

async function deploy(): Promise<void> {
  const { environment, sandbox: isSandbox, 'base-url': baseUrl } = values;
  const deployment = { environment, isSandbox, tag: values.tag ?? checkedOutTag() };
  const workspace = workspaceOf(deployment);
  const target = ['--name', workspace, '--environment', environment, '--json'];
  let route = '';
  let { apikey } = values;
  const stages: Stage[] = [
    { name: 'build', run: async () => void (values['skip-build'] || (await npm('run', 'build'))) },
    {
      name: 'plan',
      run: async () => {
        const { pending } = await signalbox<{ pending: { set: string; name: string }[] }>('plan', target);
        const id = planIdOf(deployment, pending);
        for (const { set, name } of pending) console.log(`schema migration of ${set}: ${name}`);
        console.log(
          `Plan ${id}: ${pending.length} schema migrations in ${workspace}, then ${deployment.tag}`,
        );
        if (values['plan-only']) throw new ApprovalNeeded('Nothing was changed.');
        if (needsApproval(deployment) && values.plan !== id) {
          throw new ApprovalNeeded(`Production waits for an approval: run again with --plan ${id}`);
        }
      },
    },
    {
      name: 'apply',
      run: async () => {
        const deployed = await signalbox<{ route: string; apiKey?: string }>('deploy', [
          ...target,
          ...commitOption(),
        ]);
        route = deployed.route;
        if (deployed.apiKey !== undefined) {
          apikey = deployed.apiKey;
          console.log(`The API key of the new ${workspace}, shown this once: ${apikey}`);
        }
      },
    },
    { name: 'publish route', run: () => waitForRoute(`${baseUrl}${route}/_status`) },
    ...(publishesDescription(deployment)
      ? [{ name: 'publish API description', run: () => checkDescription(`${baseUrl}${route}/_openapi.yaml`) }]
      : []),
    { name: 'smoke test', run: () => smoke(`${baseUrl}${route}`, apikey) },
  ];
  try {
    checkDeployment(deployment);
    if (baseUrl === undefined) throw new Error(USAGE);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
    return;
  }
  const outcome = await runStages(stages, console.log);
  await report(outcome, deployment.tag, workspace);
}

async function report(outcome: DeploymentResult, tag: string, workspace: string): Promise<void> {
  if (outcome.result === 'waiting') {
    console.log(outcome.detail);
    process.exitCode = values['plan-only'] ? 0 : 3;
    return;
  }
  if (outcome.result === 'failed') {
    console.error(`The stage "${outcome.detail}" failed:`, outcome.error);
    process.exitCode = 1;
  } else console.log(`${tag} is deployed to ${workspace}.`);
  const { SLACK_WEBHOOK_URL: webhookUrl, ACTION_URL, RUN_ATTEMPT } = process.env;
  if (!webhookUrl) return;
  const notice = {
    kind: 'deployment',
    action_url: ACTION_URL ?? '',
    attempt: RUN_ATTEMPT ?? '1',
    account: values.environment,
    workspace,
    caller: userInfo().username,
    scope: 'per_workspace',
    branch: tag,
    result: outcome.result,
    result_detail: outcome.detail,
  } as const;
  await postNotice(webhookUrl, notice, (error) => console.error('Not notified:', error));
}

/** The release tag of the commit that is checked out. */
function checkedOutTag(): string {
  try {
    return git('describe', '--tags', '--exact-match', '--match', 'release/*');
  } catch {
    return '';
  }
}

function commitOption(): string[] {
  return ['--commit', git('rev-parse', 'HEAD')];
}

function git(...args: string[]): string {
  return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim();
}

async function npm(...args: string[]): Promise<void> {
  await run('npm', args, { maxBuffer: 64 * 1024 * 1024 });
}

async function signalbox<T>(action: string, args: string[]): Promise<T> {
  const command = ['src/main.ts', 'parties', 'workspace', action, ...args];
  const { stdout } = await run(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as T;
}

async function waitForRoute(url: string): Promise<void> {
  const until = Date.now() + ROUTE_WAIT_MS;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      (error: unknown) => String(error),
    );
    if (status === 200) return;
    if (Date.now() > until) throw new Error(`${url} does not answer: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function checkDescription(url: string): Promise<void> {
  const served = Buffer.from(await (await fetch(url)).arrayBuffer());
  if (!served.equals(await readFile(OPENAPI)))
    throw new Error(`${url} is not the description of this release`);
}

async function smoke(url: string, apikey: string): Promise<void> {
  const failed = (await runSmoke(remoteTarget(url, apikey))).filter(({ problem }) => problem !== undefined);
  for (const { name, problem } of failed) console.log(`FAILED  ${name}\n        ${problem}`);
  if (failed.length > 0) throw new Error(`${failed.length} smoke tests failed`);
}
