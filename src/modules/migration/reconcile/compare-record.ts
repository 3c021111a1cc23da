import type { MigrationContext } from '../context.ts';
import {
  type CallContext,
  type Comparison,
  type Domain,
  RefusedRecordError,
  type SourceRecord,
  UnsendableError,
} from '../engine/domain.ts';
import { changedFields, comparableHash, transformTools } from '../engine/tools.ts';
import type { Difference } from './difference-queries.ts';
import { selectSourceHash } from './reconciliation-queries.ts';

export interface ComparedRecord {
  /** Undefined when both sides agree. */
  difference: Difference | undefined;
  /** What the ledger should hold from now on; undefined where that stays as it is. */
  sourceHash: string | undefined;
}

/** Stands for the fields of a record that became one which cannot be sent, such as by a code without a match. */
const UNSENDABLE = 'cannot be sent';

/** Reads one record now, on both sides where the target shows it, and names the fields on which they differ. */
export async function compareRecord(
  ctx: MigrationContext,
  domain: Domain,
  mapping: { nomisKey: string; dpsKey: string },
): Promise<ComparedRecord> {
  const { compare } = domain;
  if (!compare) throw new Error(`${domain.type} declares no comparison`);
  const call = { correlationId: null };
  const found = { nomisKey: mapping.nomisKey, dpsKey: mapping.dpsKey, foundAt: ctx.clock.now() };
  const different = (fields: string[], sourceHash?: string): ComparedRecord => ({
    difference: fields.length === 0 ? undefined : { ...found, kind: 'DIFFERENT', fields },
    sourceHash,
  });
  const missing = (kind: 'MISSING_AT_SOURCE' | 'MISSING_AT_TARGET', sourceHash?: string): ComparedRecord => ({
    difference: { ...found, kind, fields: [] },
    sourceHash,
  });
  const [source, target] = await Promise.all([
    domain.read(ctx.upstreams[domain.source], mapping.nomisKey, call),
    compare.shown?.read(ctx.upstreams[domain.target], mapping.dpsKey, call),
  ]);
  if (!source) {
    if (compare.shown && target === undefined) return { difference: undefined, sourceHash: undefined };
    return missing('MISSING_AT_SOURCE');
  }
  const wanted = await fieldsOf(ctx, { domain, compare }, source, call);
  if (!wanted) return different([UNSENDABLE]);
  const sourceHash = comparableHash(compare, wanted);
  if (!compare.shown) {
    const changed = changedFields(
      wanted,
      await selectSourceHash(ctx.db.kysely, domain.type, mapping.nomisKey),
    );
    // What was sent is not known of mappings that others made: they are taken as they are found.
    return changed && changed.length > 0 ? different(changed) : { difference: undefined, sourceHash };
  }
  if (target === undefined) return missing('MISSING_AT_TARGET', sourceHash);
  const actual = compare.shown.fieldsOf(target);
  const isEqual = (name: string) =>
    JSON.stringify(wanted[name] ?? null) === JSON.stringify(actual[name] ?? null);
  return different(
    Object.keys(wanted).filter((name) => !isEqual(name)),
    sourceHash,
  );
}

/** Undefined for a record that was sent once and could not be sent as it is now. */
async function fieldsOf(
  ctx: MigrationContext,
  { compare }: { domain: Domain; compare: Comparison<SourceRecord> },
  source: SourceRecord,
  call: CallContext,
): Promise<Record<string, unknown> | undefined> {
  try {
    return await compare.ofSource(source, transformTools(ctx, call));
  } catch (error) {
    if (error instanceof RefusedRecordError || error instanceof UnsendableError) return undefined;
    throw error;
  }
}
