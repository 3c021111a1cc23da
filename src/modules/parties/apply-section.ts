import { type Static, Type } from 'typebox';
import type { AppliedChange, ApplySection, ModulePlatform } from '#platform/module';
import { selectPermissions, upsertPermissions } from './callers/caller-queries.ts';
import { API_KEY_OWNER, SECOND_KEY_SUFFIX } from './callers/callers.ts';
import { PERMISSIONS } from './callers/permissions.ts';
import { declareCodes, selectDeclaredCodes } from './ods/ods-queries.ts';

const Key = Type.String({ minLength: 8, maxLength: 200 });

const ApiKey = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    key: Key,
    /** A second live key, so that an application can change over; null takes it away. */
    second_key: Type.Optional(Type.Union([Key, Type.Null()])),
    /** What the application may call; everything when it is left out. */
    permissions: Type.Optional(Type.Array(Type.Enum(PERMISSIONS))),
  },
  { additionalProperties: false },
);

const Section = Type.Object(
  {
    api_keys: Type.Optional(Type.Array(ApiKey)),
    ods_codes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }))),
  },
  { additionalProperties: false },
);

type SectionContext = Pick<ModulePlatform<unknown>, 'db' | 'apiKeys' | 'audit' | 'clock'>;
type Options = Parameters<ApplySection['apply']>[1];

/** `parties:` of the set-up file: applications with their keys, and ODS codes that are always accepted. */
export function partiesSection(ctx: SectionContext): ApplySection {
  return {
    key: 'parties',
    schema: Section,
    apply: async (section, options) => {
      // `apply` has checked the section against the schema above.
      const { api_keys: applications = [], ods_codes: codes = [] } = section as Static<typeof Section>;
      const changes: AppliedChange[] = [];
      for (const application of applications)
        changes.push(...(await applyApplication(ctx, application, options)));
      changes.push(...(await applyCodes(ctx, codes, options)));
      return changes;
    },
  };
}

async function applyApplication(
  ctx: SectionContext,
  wanted: Static<typeof ApiKey>,
  options: Options,
): Promise<AppliedChange[]> {
  const { name, key, second_key: secondKey, permissions } = wanted;
  const changes = [await putKey(ctx, name, key, options)];
  if (secondKey) changes.push(await putKey(ctx, `${name}${SECOND_KEY_SUFFIX}`, secondKey, options));
  if (secondKey === null) changes.push(await revokeKey(ctx, `${name}${SECOND_KEY_SUFFIX}`, options));
  if (permissions) changes.push(await setPermissions(ctx, name, permissions, options));
  return changes;
}

async function putKey(
  ctx: SectionContext,
  name: string,
  key: string,
  options: Options,
): Promise<AppliedChange> {
  const target = `parties API key ${name}`;
  const known = (await ctx.apiKeys.list(API_KEY_OWNER)).find((other) => other.name === name);
  const inUse = await ctx.apiKeys.verify(API_KEY_OWNER, key);
  if (inUse?.name === name && known?.revokedAt === null) return { target, change: 'unchanged' };
  const change = known ? 'changed' : 'created';
  if (!options.dryRun) {
    await ctx.apiKeys.put(API_KEY_OWNER, name, key);
    await audit(ctx, options, `api_key.${change}`, `api_key:${API_KEY_OWNER}:${name}`);
  }
  return { target, change };
}

async function revokeKey(ctx: SectionContext, name: string, options: Options): Promise<AppliedChange> {
  const target = `parties API key ${name}`;
  const known = (await ctx.apiKeys.list(API_KEY_OWNER)).find((other) => other.name === name);
  if (!known || known.revokedAt !== null) return { target, change: 'unchanged' };
  if (!options.dryRun) {
    await ctx.apiKeys.revoke(API_KEY_OWNER, name);
    await audit(ctx, options, 'api_key.revoked', `api_key:${API_KEY_OWNER}:${name}`);
  }
  return { target, change: 'changed' };
}

async function setPermissions(
  ctx: SectionContext,
  name: string,
  permissions: string[],
  options: Options,
): Promise<AppliedChange> {
  const target = `parties permissions of ${name}`;
  const wanted = [...new Set(permissions)].sort();
  const current = await selectPermissions(ctx.db.kysely, name);
  if (current && current.toSorted().join() === wanted.join()) return { target, change: 'unchanged' };
  if (!options.dryRun) {
    await upsertPermissions(ctx.db.kysely, name, wanted);
    await audit(ctx, options, 'permissions.changed', `application:${name}`);
  }
  return { target, change: current ? 'changed' : 'created' };
}

async function applyCodes(ctx: SectionContext, codes: string[], options: Options): Promise<AppliedChange[]> {
  const wanted = [...new Set(codes)];
  const known = new Set(await selectDeclaredCodes(ctx.db.kysely, wanted));
  const added = wanted.filter((code) => !known.has(code));
  if (!options.dryRun && added.length > 0) {
    await declareCodes(ctx.db.kysely, added, ctx.clock.now());
    await audit(ctx, options, 'ods_codes.declared', 'parties:ods_codes');
  }
  return wanted.map((code) => ({
    target: `parties ODS code ${code}`,
    change: known.has(code) ? 'unchanged' : 'created',
  }));
}

function audit(ctx: SectionContext, { actor }: Options, action: string, target: string): Promise<void> {
  return ctx.audit(ctx.db.kysely, { actor, action, target });
}
