import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { hashFields, transformTools } from '../engine/tools.ts';
import type { Difference } from './difference-queries.ts';

export interface ComparedRecord {
  /** Undefined when both sides agree. */
  difference: Difference | undefined;
  /** Of the source as it is now; undefined when it has no such record. */
  sourceHash: string | undefined;
}

/** Reads one record on both sides now, and names the fields on which they differ. */
export async function compareRecord(
  ctx: MigrationContext,
  domain: Domain,
  mapping: { nomisKey: string; dpsKey: string },
): Promise<ComparedRecord> {
  const { compare } = domain;
  if (!compare) throw new Error(`${domain.type} declares no comparison`);
  const call = { correlationId: null };
  const [source, target] = await Promise.all([
    domain.read(ctx.upstreams[domain.source], mapping.nomisKey, call),
    compare.readTarget(ctx.upstreams[domain.target], mapping.dpsKey, call),
  ]);
  const found = { nomisKey: mapping.nomisKey, dpsKey: mapping.dpsKey, foundAt: ctx.clock.now() };
  const wanted = source && (await compare.ofSource(source, transformTools(ctx, call)));
  const sourceHash = wanted && hashFields(wanted);
  if (!wanted && target === undefined) return { difference: undefined, sourceHash };
  if (!wanted) return { difference: { ...found, kind: 'MISSING_AT_SOURCE', fields: [] }, sourceHash };
  if (target === undefined) {
    return { difference: { ...found, kind: 'MISSING_AT_TARGET', fields: [] }, sourceHash };
  }
  const actual = compare.ofTarget(target);
  const fields = Object.keys({ ...wanted, ...actual }).filter(
    (name) => JSON.stringify(wanted[name]) !== JSON.stringify(actual[name]),
  );
  return {
    difference: fields.length === 0 ? undefined : { ...found, kind: 'DIFFERENT', fields },
    sourceHash,
  };
}
