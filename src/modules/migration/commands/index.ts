// `signalbox migration ...`: what the HTTP API offers, for people at a terminal.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Actor } from '#platform/auth';
import { uuidV7 } from '#platform/http';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { MigrationContext } from '../context.ts';
import { CUTOVER_STATES, changeCutover, readCutover } from '../cutover/cutover.ts';
import type { Domain } from '../engine/domain.ts';
import { MigrationError, NoSuchRunError } from '../errors.ts';
import { countDifferences, DIFFERENCE_KINDS, type DifferenceKind } from '../reconcile/difference-queries.ts';
import { type Reconciliation, selectReconciliation } from '../reconcile/reconciliation-queries.ts';
import { canReconcile, repairDifferences, startReconciliation } from '../reconcile/start-reconciliation.ts';
import { cancelRun } from '../runs/cancel-run.ts';
import { presentRun } from '../runs/run-presenter.ts';
import { readProgress } from '../runs/run-progress.ts';
import { type Run, selectNewestRun, selectRun } from '../runs/run-queries.ts';
import { startRun } from '../runs/start-run.ts';
import { undoRun } from '../runs/undo-run.ts';
import { UpstreamError } from '../upstreams/index.ts';
import { createTokenSource } from '../upstreams/tokens.ts';
import { createProgressBar } from './progress-bar.ts';

type Print = (line: string) => void;

const ACTOR: Actor = { kind: 'cli', id: 'cli', name: 'Command line' };
const POLL_MS = 500;
const ID = { name: 'migrationId', description: 'Id of the run, such as 2031-05-04T09:12:33' };
const WAIT = { type: 'boolean', description: 'Follow it to its end' } as const;

export function migrationCommands(ctx: MigrationContext): ModuleCommand[] {
  const typeOption = (domains: readonly Domain[]) =>
    ({
      type: 'string',
      description: `${domains.map(({ type }) => type).join(', ')} (default VISITS)`,
    }) as const;
  const bulkType = typeOption(ctx.domains.filter((domain) => domain.bulk));
  return [
    command('start', 'Start a bulk migration', {
      options: {
        type: bulkType,
        filter: { type: 'string', description: 'JSON object, such as {"prisonIds":["WLI"]}; all without it' },
        'max-failed': { type: 'string', description: 'Stop the run beyond this many failed records' },
        wait: WAIT,
      },
      run: (values, print) => start(ctx, values, print),
    }),
    command('status', 'Progress of a run, the newest of its type without --id', {
      options: { type: bulkType, id: { type: 'string', description: ID.description }, wait: WAIT },
      run: (values, print) => status(ctx, values, print),
    }),
    command('cancel', 'Stop a run', {
      positionals: [ID],
      options: { wait: WAIT },
      run: async (values, print) => {
        const migrationId = String(values.migrationId);
        await cancelRun(ctx, migrationId, { who: ACTOR.name, correlationId: uuidV7() });
        return values.wait ? follow(ctx, migrationId, print) : show(ctx, migrationId, print);
      },
    }),
    command('reconcile', 'Compare source and target', {
      options: {
        type: typeOption(ctx.domains.filter(canReconcile)),
        full: { type: 'boolean', description: 'Read every source record again' },
        repair: { type: 'string', description: `Then repair: all, ${DIFFERENCE_KINDS.join(', ')}` },
      },
      run: (values, print) => reconcile(ctx, values, print),
    }),
    command('undo', 'Take a run back by its mappings', {
      positionals: [ID],
      options: { yes: { type: 'boolean', description: 'Confirms it', required: true } },
      run: async (values, print) => {
        await undoRun(ctx, String(values.migrationId), ACTOR);
        print('The records of the run are being taken back; `status --id` says when it is done.');
        return { migrationId: values.migrationId };
      },
    }),
    command('cutover', 'Show or change which side leads', {
      options: {
        type: typeOption(ctx.domains),
        to: { type: 'string', description: CUTOVER_STATES.join(', ') },
        reason: { type: 'string', description: 'Why; kept in the audit log' },
      },
      run: (values, print) => cutover(ctx, values, print),
    }),
    command('token', 'Print an access token of HMPPS Auth', {
      options: {
        client: { type: 'string', description: 'Client id', required: true },
        secret: { type: 'string', description: 'Client secret', required: true },
      },
      run: async ({ client, secret }, print) => {
        const { outgoing, clock, upstreams } = ctx;
        const source = createTokenSource({
          outgoing,
          clock,
          authUrl: upstreams.authUrl,
          clientId: String(client),
          clientSecret: String(secret),
        });
        const token = await source.get().catch((error: unknown) => {
          const isRefused = error instanceof UpstreamError && error.status === 401;
          throw isRefused ? new CommandRefusal('HMPPS Auth knows no such client and secret') : error;
        });
        print(token);
        return { token };
      },
    }),
  ];
}

/** What people can mend is told to them without a stack. */
function command(
  name: string,
  summary: string,
  rest: Pick<ModuleCommand, 'positionals' | 'options' | 'run'>,
): ModuleCommand {
  return {
    name,
    summary,
    ...rest,
    run: async (values, print) => {
      try {
        return await rest.run(values, print);
      } catch (error) {
        if (error instanceof NoSuchRunError) {
          throw new CommandRefusal(
            `There is no migration ${error.message}; \`status\` shows the newest of a type`,
          );
        }
        if (error instanceof MigrationError) throw new CommandRefusal(error.message);
        if (error instanceof Error && ['UpstreamError', 'OutgoingCallError'].includes(error.name)) {
          throw new CommandRefusal(error.message);
        }
        throw error;
      }
    },
  };
}

async function start(ctx: MigrationContext, values: ModuleCommandValues, print: Print): Promise<unknown> {
  const maxFailed = values['max-failed'];
  if (maxFailed !== undefined && !/^\d{1,12}$/.test(String(maxFailed))) {
    throw new CommandRefusal('--max-failed must be a whole number', 2);
  }
  const domain = domainIn(ctx, values);
  const started = await startRun(ctx, domain, {
    body: readFilterOption(domain, values.filter),
    who: ACTOR.name,
    correlationId: uuidV7(),
    ...(maxFailed === undefined ? {} : { maxFailed: Number(maxFailed) }),
  });
  print(`Migration ${started.migrationId} started: about ${started.estimatedCount} records`);
  return values.wait ? follow(ctx, started.migrationId, print) : started;
}

async function status(ctx: MigrationContext, values: ModuleCommandValues, print: Print): Promise<unknown> {
  const domain = domainIn(ctx, values);
  const run = await (values.id === undefined
    ? selectNewestRun(ctx.db.kysely, domain.type)
    : selectRun(ctx.db.kysely, String(values.id)));
  if (!run) {
    throw new CommandRefusal(
      values.id === undefined
        ? `There is no run of ${domain.type} yet; \`signalbox migration start --type ${domain.type}\` starts one`
        : `There is no migration ${values.id}`,
    );
  }
  return values.wait ? follow(ctx, run.migrationId, print) : show(ctx, run.migrationId, print);
}

async function follow(ctx: MigrationContext, migrationId: string, print: Print): Promise<unknown> {
  const bar = createProgressBar(migrationId, print);
  for (;;) {
    const run = await selectRun(ctx.db.kysely, migrationId);
    if (!run) throw new CommandRefusal(`There is no migration ${migrationId}`);
    const progress = await readProgress(ctx, run);
    bar.update(
      progress.settled,
      Math.max(run.estimatedRecordCount, progress.tally.expanded),
      rateText(progress),
    );
    if (run.status === 'COMPLETED' || run.status === 'CANCELLED') break;
    await sleep(POLL_MS);
  }
  bar.finish();
  return show(ctx, migrationId, print);
}

function rateText(progress: { perSecond: number | null; secondsLeft: number | null }): string {
  if (progress.perSecond === null) return '';
  const left = progress.secondsLeft === null ? '' : `, ${progress.secondsLeft} s left`;
  return `${Math.round(progress.perSecond)}/s${left}`;
}

async function show(ctx: MigrationContext, migrationId: string, print: Print): Promise<unknown> {
  const run = await selectRun(ctx.db.kysely, migrationId);
  if (!run) throw new CommandRefusal(`There is no migration ${migrationId}`);
  const { tally, pages, settled, outstanding } = await readProgress(ctx, run);
  print(`${run.migrationType} ${migrationId}: ${describe(run)}`);
  print(
    `  estimated ${run.estimatedRecordCount}, settled ${settled}, outstanding ${outstanding}, pages left ${pages.waiting}`,
  );
  print(
    `  migrated ${tally.migrated}, known ${tally.skipped}, rejected ${tally.rejected}, duplicates ${tally.duplicates}, dropped ${tally.dropped}, failed ${tally.failed}`,
  );
  return { ...presentRun(run), tally, pages, settled, outstanding };
}

function describe(run: Run): string {
  const reason = run.stopReason === null ? '' : ` (${run.stopReason})`;
  return `${run.status}${reason}${run.undoneAt === null ? '' : ', taken back'}`;
}

async function reconcile(ctx: MigrationContext, values: ModuleCommandValues, print: Print): Promise<unknown> {
  const domain = domainIn(ctx, values);
  const repair = readRepair(values.repair);
  const mode = values.full ? ('full' as const) : ('hashes' as const);
  const id = await startReconciliation(ctx, domain, { mode, actor: ACTOR });
  const bar = createProgressBar(`reconcile ${domain.type}`, print);
  let one: Reconciliation | undefined = await selectReconciliation(ctx.db.kysely, id);
  while (one?.state === 'RUNNING') {
    bar.update(one.compared, one.total, '');
    await sleep(POLL_MS);
    one = await selectReconciliation(ctx.db.kysely, id);
  }
  bar.finish();
  const differences = await countDifferences(ctx.db.kysely, domain.type);
  print(`${domain.type}: ${one?.compared} records compared, ${one?.matched} agree`);
  if (Object.keys(differences).length === 0) print('  nothing differs');
  for (const [kind, count] of Object.entries(differences)) print(`  ${kind} ${count}`);
  const repairs =
    repair === undefined
      ? undefined
      : await repairDifferences(ctx, domain, { ...(repair === 'all' ? {} : { kind: repair }), actor: ACTOR });
  if (repairs !== undefined) print(`${repairs} repairs queued`);
  return { ...one, differences, repairs };
}

function readRepair(value: unknown): DifferenceKind | 'all' | undefined {
  if (value === undefined) return undefined;
  const known = (['all', ...DIFFERENCE_KINDS] as const).find((kind) => kind === value);
  if (known === undefined)
    throw new CommandRefusal(`--repair must be all, ${DIFFERENCE_KINDS.join(', ')}`, 2);
  return known;
}

async function cutover(ctx: MigrationContext, values: ModuleCommandValues, print: Print): Promise<unknown> {
  const domain = domainIn(ctx, values);
  if (values.to !== undefined) {
    const to = CUTOVER_STATES.find((state) => state === values.to);
    if (to === undefined) throw new CommandRefusal(`--to must be one of ${CUTOVER_STATES.join(', ')}`, 2);
    if (!values.reason) throw new CommandRefusal('Say why: --reason "..."', 2);
    await changeCutover(ctx, domain.type, { to, actor: ACTOR, reason: String(values.reason) });
  }
  const state = await readCutover(ctx, domain.type);
  print(`${domain.type}: ${state}`);
  return { migrationType: domain.type, state };
}

function domainIn(ctx: MigrationContext, values: ModuleCommandValues): Domain {
  const type = String(values.type ?? 'VISITS').toUpperCase();
  const domain = ctx.domains.find((other) => other.type === type);
  if (!domain) {
    const types = ctx.domains.map((other) => other.type).join(', ');
    throw new CommandRefusal(`--type must be one of ${types}`, 2);
  }
  return domain;
}

/** Over HTTP unknown members are ignored, as clients expect; a person at a terminal has misspelt one. */
function readFilterOption(domain: Domain, value: unknown): Record<string, unknown> {
  if (value === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(String(value));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      const known = Object.keys(domain.bulk?.filter.properties ?? {});
      const unknown = Object.keys(parsed).find((name) => !known.includes(name));
      if (unknown === undefined) return parsed as Record<string, unknown>;
      const offer = known.length === 0 ? 'no filter' : known.join(', ');
      throw new CommandRefusal(`--filter of ${domain.type} takes ${offer}, and not ${unknown}`, 2);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CommandRefusal('--filter must be a JSON object', 2);
}
