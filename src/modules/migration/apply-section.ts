import { type Static, Type } from 'typebox';
import type { AppliedChange, ApplySection, ModulePlatform } from '#platform/module';
import type { MigrationContext } from './context.ts';
import { InvalidRequestError } from './errors.ts';
import { deleteRoomMapping, insertRoomMapping, selectRoomMapping } from './rooms/room-queries.ts';

const Client = Type.Object(
  {
    client_id: Type.String({ minLength: 1, maxLength: 100 }),
    client_secret: Type.String({ minLength: 1, maxLength: 200 }),
    roles: Type.Array(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);

const Room = Type.Object(
  {
    prison_id: Type.String({ minLength: 1, maxLength: 6 }),
    nomis_room_description: Type.String({ minLength: 1, maxLength: 240 }),
    vsip_id: Type.String({ minLength: 1, maxLength: 255 }),
    is_open: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

const Section = Type.Object(
  { clients: Type.Optional(Type.Array(Client)), rooms: Type.Optional(Type.Array(Room)) },
  { additionalProperties: false },
);
type Section = Static<typeof Section>;

type Options = Parameters<ApplySection['apply']>[1];

/** `migration:` of the set-up file: clients of the simulated HMPPS Auth, and room mappings. */
export function migrationSection(
  ctx: Pick<MigrationContext, 'db' | 'outgoing' | 'upstreams' | 'config'>,
  platform: Pick<ModulePlatform<unknown>, 'audit'>,
): ApplySection {
  return {
    key: 'migration',
    schema: Section,
    apply: async (section, options) => {
      // `apply` has checked the section against the schema above.
      const { clients = [], rooms = [] } = section as Section;
      const changes: AppliedChange[] = [];
      if (clients.length > 0) changes.push(...(await applyClients(ctx, clients, options)));
      for (const room of rooms) changes.push(await applyRoom(ctx, platform, room, options));
      return changes;
    },
  };
}

/** Through the control of the simulator; a real HMPPS Auth has clients of its own. */
async function applyClients(
  ctx: Pick<MigrationContext, 'outgoing' | 'upstreams' | 'config'>,
  clients: Static<typeof Client>[],
  { dryRun }: Options,
): Promise<AppliedChange[]> {
  if (ctx.config.authUrl !== undefined) {
    throw new InvalidRequestError(
      'migration.clients are for the simulator; API_BASE_URL_HMPPS_AUTH names another server',
    );
  }
  const url = `${ctx.upstreams.authUrl}/clients`;
  const call = { target: 'auth-simulator', url, timeoutMs: 5_000 };
  const answer = await ctx.outgoing.call({ ...call, method: 'GET' });
  const known = JSON.parse(answer.body.toString()) as Static<typeof Client>[];
  const changes = clients.map((client): AppliedChange => {
    const existing = known.find((one) => one.client_id === client.client_id);
    const target = `migration client ${client.client_id}`;
    if (!existing) return { target, change: 'created' };
    const isSame = existing.client_secret === client.client_secret && rolesOf(existing) === rolesOf(client);
    return { target, change: isSame ? 'unchanged' : 'changed' };
  });
  if (!dryRun && changes.some(({ change }) => change !== 'unchanged')) {
    const put = await ctx.outgoing.call({
      ...call,
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(clients),
    });
    if (put.status >= 300) throw new InvalidRequestError(`The auth simulator answered ${put.status}`);
  }
  return changes;
}

function rolesOf(client: { roles: string[] }): string {
  return client.roles
    .map((role) => (role.startsWith('ROLE_') ? role : `ROLE_${role}`))
    .sort()
    .join(' ');
}

async function applyRoom(
  ctx: Pick<MigrationContext, 'db'>,
  { audit }: Pick<ModulePlatform<unknown>, 'audit'>,
  wanted: Static<typeof Room>,
  { dryRun, actor }: Options,
): Promise<AppliedChange> {
  const room = {
    prisonId: wanted.prison_id,
    nomisRoomDescription: wanted.nomis_room_description,
    vsipId: wanted.vsip_id,
    isOpen: wanted.is_open ?? false,
  };
  const target = `room mapping ${room.prisonId} ${room.nomisRoomDescription}`;
  const known = await selectRoomMapping(ctx.db.kysely, room.prisonId, room.nomisRoomDescription);
  if (known?.vsipId === room.vsipId && known.isOpen === room.isOpen) return { target, change: 'unchanged' };
  const change = known ? 'changed' : 'created';
  if (!dryRun) {
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await deleteRoomMapping(trx, room.prisonId, room.nomisRoomDescription);
      await insertRoomMapping(trx, room);
      await audit(trx, { actor, action: `room_mapping.${change}`, target: `room:${room.prisonId}` });
    });
  }
  return { target, change };
}
