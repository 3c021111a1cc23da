import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OutgoingCallError } from '#platform/http';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { readCidr } from './address-allow-list.ts';
import {
  type AllowedAddress,
  applyWantedAddresses,
  selectAllowedAddresses,
  unwantAddress,
  upsertWantedAddress,
} from './allow-list-queries.ts';

const ACTOR = { kind: 'cli', id: 'cli', name: 'Command line' } as const;
const PUBLIC_ADDRESS_TIMEOUT_MS = 5_000;

/** `signalbox directory allowlist add|remove|apply|list` (7.2). */
export function allowListCommand(ctx: DirectoryContext): ModuleCommand {
  const environment = ctx.alarms.environments.shared;
  return {
    name: 'allowlist',
    summary: 'Addresses that may call the endpoint: list, add, remove, and apply what was added or removed',
    positionals: [{ name: 'action', description: 'list, add, remove or apply' }],
    options: {
      name: { type: 'string', description: 'Person or system (default: your git user name)' },
      ip: { type: 'string', description: 'IPv4 address or CIDR' },
      'ip-from': {
        type: 'string',
        description: 'In place of --ip: a page that answers with the address it is called from',
      },
    },
    run: async (values, print) => {
      const { action } = values;
      if (action === 'add') await add(ctx, environment, values);
      else if (action === 'remove') await remove(ctx, environment, values);
      else if (action === 'apply') await apply(ctx, environment);
      else if (action !== 'list')
        throw new CommandRefusal('The action is one of list, add, remove, apply', 2);
      const addresses = await selectAllowedAddresses(ctx.db.kysely, environment);
      for (const address of addresses) print(describe(address));
      if (addresses.length === 0) print('No address is listed, so every address is let in.');
      return addresses;
    },
  };
}

async function add(ctx: DirectoryContext, environment: string, values: ModuleCommandValues): Promise<void> {
  const given = typeof values.ip === 'string' ? values.ip : await publicAddress(ctx, values['ip-from']);
  const cidr = readCidr(given);
  if (cidr === undefined) throw new CommandRefusal(`"${given}" is neither an IPv4 address nor a CIDR`, 2);
  const name = await nameOf(values);
  await upsertWantedAddress(ctx.db.kysely, environment, { name, cidr });
  await ctx.audit(ctx.db.kysely, { actor: ACTOR, action: 'allowed_address.added', target: name });
}

async function remove(
  ctx: DirectoryContext,
  environment: string,
  values: ModuleCommandValues,
): Promise<void> {
  const name = await nameOf(values);
  if (!(await unwantAddress(ctx.db.kysely, environment, name))) {
    throw new CommandRefusal(`No address is called "${name}" in ${environment}`);
  }
  await ctx.audit(ctx.db.kysely, { actor: ACTOR, action: 'allowed_address.removed', target: name });
}

async function apply(ctx: DirectoryContext, environment: string): Promise<void> {
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await applyWantedAddresses(trx, environment);
    await ctx.audit(trx, { actor: ACTOR, action: 'allowed_addresses.applied', target: environment });
  });
}

async function nameOf({ name }: ModuleCommandValues): Promise<string> {
  if (typeof name === 'string' && name !== '') return name;
  const { stdout } = await promisify(execFile)('git', ['config', 'user.name']).catch(() => ({ stdout: '' }));
  if (stdout.trim() === '') throw new CommandRefusal('Give --name: git knows no user name here', 2);
  return stdout.trim();
}

async function publicAddress({ outgoing }: DirectoryContext, url: unknown): Promise<string> {
  if (typeof url !== 'string' || !URL.canParse(url)) throw new CommandRefusal('Give --ip or --ip-from', 2);
  try {
    const { body } = await outgoing.call({
      target: 'public-address',
      url,
      method: 'GET',
      timeoutMs: PUBLIC_ADDRESS_TIMEOUT_MS,
      maxBytes: 1_000,
    });
    return body.toString('utf8').trim();
  } catch (error) {
    throw error instanceof OutgoingCallError ? new CommandRefusal(error.message) : error;
  }
}

function describe({ name, wanted, applied }: AllowedAddress): string {
  const state =
    wanted === applied ? '' : wanted === null ? '  (removed once applied)' : '  (not applied yet)';
  return `${(wanted ?? applied ?? '').padEnd(18)}  ${name}${state}`;
}
