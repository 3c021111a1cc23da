import { type Static, Type } from 'typebox';
import type { Actor } from '#platform/auth';
import { hashPassword, verifyPassword } from '#platform/auth';
import type { Handle } from '#platform/db';
import type { AppliedChange, ApplySection } from '#platform/module';
import {
  insertUser,
  markVerified,
  selectPasswordHash,
  selectUser,
  selectUserByEmail,
  updateUser,
  upsertPassword,
} from './accounts/account-queries.ts';
import { selectApiClient, upsertApiClient } from './callers/caller-queries.ts';
import type { ListsContext } from './context.ts';
import { normaliseEmail } from './gateway/text.ts';
import { newId } from './ids.ts';
import { AppliedSettings } from './policy/policy.ts';
import { selectSettings, upsertSetting } from './policy/settings-queries.ts';

const Role = Type.Union([Type.Literal('editor'), Type.Literal('admin')]);

const UserSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    email: Type.String({ minLength: 3, maxLength: 254 }),
    password: Type.Optional(Type.String({ minLength: 8, maxLength: 256 })),
    name: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
    verified: Type.Optional(Type.Boolean()),
    roles: Type.Optional(Type.Array(Role)),
  },
  { additionalProperties: false },
);

const ClientSchema = Type.Object(
  {
    access_key: Type.String({ minLength: 1, maxLength: 128 }),
    secret_key: Type.String({ minLength: 1, maxLength: 200 }),
    /** Id or e-mail address of the user the key acts for. */
    user: Type.String({ minLength: 1, maxLength: 254 }),
  },
  { additionalProperties: false },
);

const SectionSchema = Type.Object(
  {
    users: Type.Optional(Type.Array(UserSchema)),
    api_clients: Type.Optional(Type.Array(ClientSchema)),
    settings: Type.Optional(AppliedSettings),
  },
  { additionalProperties: false },
);

type DeclaredUser = Static<typeof UserSchema>;
type DeclaredClient = Static<typeof ClientSchema>;

/** `lists:` of a set-up file: accounts, API clients of the original, and the choices of spec section 0.2. */
export function listsSection(ctx: ListsContext): ApplySection {
  return {
    key: 'lists',
    schema: SectionSchema,
    apply: async (section, { dryRun, actor }) => {
      // `apply` has checked the section against the schema above.
      const { users = [], api_clients = [], settings = {} } = section as Static<typeof SectionSchema>;
      const changes: AppliedChange[] = [];
      for (const user of users) changes.push(await applyUser(ctx, user, dryRun, actor));
      for (const client of api_clients) changes.push(await applyClient(ctx, client, dryRun, actor));
      const stored = await selectSettings(ctx.db.kysely);
      for (const [name, value] of Object.entries(settings)) {
        const change = !(name in stored) ? 'created' : stored[name] === value ? 'unchanged' : 'changed';
        changes.push({ target: `lists setting ${name}`, change });
        if (change !== 'unchanged' && !dryRun) {
          await upsertSetting(ctx.db.kysely, name, value);
          await audit(ctx, actor, 'lists.setting.changed', `lists_setting:${name}`);
        }
      }
      ctx.policy.forget();
      return changes;
    },
  };
}

async function applyUser(
  ctx: ListsContext,
  declared: DeclaredUser,
  dryRun: boolean,
  actor: Actor,
): Promise<AppliedChange> {
  const email = normaliseEmail(declared.email);
  const known =
    (declared.id === undefined ? undefined : await selectUser(ctx.db.kysely, declared.id)) ??
    (await selectUserByEmail(ctx.db.kysely, email));
  const target = `lists user ${declared.id ?? known?.id ?? email}`;
  if (!known) {
    if (!dryRun) await createDeclaredUser(ctx, declared, email, actor);
    return { target, change: 'created' };
  }
  const change = {
    ...(known.email === email ? {} : { email }),
    ...(declared.name === undefined || declared.name === known.name ? {} : { name: declared.name }),
    ...(declared.roles === undefined || sameRoles(declared.roles, known.roles)
      ? {}
      : { roles: declared.roles }),
  };
  const hash = await selectPasswordHash(ctx.db.kysely, known.id);
  const isPasswordNew =
    declared.password !== undefined &&
    !(hash !== undefined && (await verifyPassword(declared.password, hash)));
  const isToVerify = declared.verified === true && known.email_verified_at === null;
  if (Object.keys(change).length === 0 && !isPasswordNew && !isToVerify)
    return { target, change: 'unchanged' };
  if (!dryRun) {
    await updateUser(ctx.db.kysely, known.id, change);
    if (isPasswordNew) await setPassword(ctx.db.kysely, ctx, known.id, declared.password);
    if (isToVerify) await markVerified(ctx.db.kysely, known.id, ctx.clock.now());
    await audit(ctx, actor, 'lists.user.changed', `lists_user:${known.id}`);
  }
  return { target, change: 'changed' };
}

/** Application row and welcome letter, as for everybody; no KPI, since nobody signed up (spec section 7.5). */
async function createDeclaredUser(
  ctx: ListsContext,
  declared: DeclaredUser,
  email: string,
  actor: Actor,
): Promise<void> {
  const id = declared.id ?? newId();
  await ctx.db.kysely.transaction().execute(async (trx: Handle) => {
    await insertUser(trx, {
      id,
      email,
      name: declared.name ?? null,
      isVerified: declared.verified ?? true,
      roles: declared.roles ?? [],
      now: ctx.clock.now(),
    });
    await setPassword(trx, ctx, id, declared.password);
    await ctx.courier.send(trx, [
      {
        template: 'welcome',
        to: email,
        key: id,
        variables: { name: declared.name ?? email },
        correlationId: null,
        onceKey: `welcome:${id}`,
      },
    ]);
    await ctx.audit(trx, { actor, action: 'lists.user.created', target: `lists_user:${id}` });
  });
}

async function setPassword(
  handle: Handle,
  ctx: ListsContext,
  userId: string,
  password: string | undefined,
): Promise<void> {
  if (password !== undefined)
    await upsertPassword(handle, userId, await hashPassword(password), ctx.clock.now());
}

async function applyClient(
  ctx: ListsContext,
  declared: DeclaredClient,
  dryRun: boolean,
  actor: Actor,
): Promise<AppliedChange> {
  const target = `lists API client ${declared.access_key}`;
  const user = await selectUserByEmail(ctx.db.kysely, normaliseEmail(declared.user));
  const userId = user?.id ?? declared.user;
  const known = await selectApiClient(ctx.db.kysely, declared.access_key);
  const isSame =
    known?.user_id === userId &&
    ctx.secrets.decrypt(known.secret_encrypted).toString('utf8') === declared.secret_key;
  if (isSame) return { target, change: 'unchanged' };
  if (!dryRun) {
    const secret = ctx.secrets.encrypt(declared.secret_key);
    await upsertApiClient(ctx.db.kysely, { accessKey: declared.access_key, secret, userId });
    await audit(ctx, actor, 'lists.api_client.changed', `lists_api_client:${declared.access_key}`);
  }
  return { target, change: known ? 'changed' : 'created' };
}

function sameRoles(a: string[], b: string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

async function audit(ctx: ListsContext, actor: Actor, action: string, target: string): Promise<void> {
  await ctx.audit(ctx.db.kysely, { actor, action, target });
}
