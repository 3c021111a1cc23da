import type { Members } from '../hmpps/body-checks.ts';
import type { AuditRow } from '../hmpps/target-records.ts';
import type { MappingKind } from './mapping-kinds-data.ts';

export type MappingMade =
  | { readonly status: 'created' }
  | { readonly status: 'duplicate'; readonly existing: Members };

/** Mappings of one kind, each unique by both of its keys. */
export interface MappingTable {
  readonly count: number;
  create(mapping: Members): MappingMade;
  byNomis(key: readonly string[]): Members | undefined;
  byDps(id: string): Members | undefined;
  allByDps(id: string): Members[];
  removeByDps(id: string): void;
  /** Rows in the order in which they were made. */
  list(wanted?: (mapping: Members) => boolean): Members[];
  /** Changes members that are no part of a key; gives the rows that were changed. */
  change(wanted: (mapping: Members) => boolean, members: Members): Members[];
  removeAll(wanted?: (mapping: Members) => boolean): void;
  audit(): Generator<AuditRow>;
  /** Forgets the rows and what the audit counted. */
  clear(): void;
}

export function createMappingTable(kind: MappingKind): MappingTable {
  const rows = new Map<string, Members>();
  const nomisKeys = new Map<string, string[]>();
  const created = new Map<string, number>();

  const keyOf = (mapping: Members): string => kind.nomis.map((name) => String(mapping[name])).join('/');
  const dpsOf = (mapping: Members): string => String(mapping[kind.dps]);
  const allByDps = (id: string): Members[] =>
    (nomisKeys.get(id) ?? []).flatMap((key) => {
      const row = rows.get(key);
      return row ? [row] : [];
    });

  /** The row in the way; undefined when there is none, null when it is the very same pair. */
  function conflict(mapping: Members): Members | null | undefined {
    const sameNomis = rows.get(keyOf(mapping));
    const sameDps = kind.sharesDps ? undefined : allByDps(dpsOf(mapping))[0];
    if (sameNomis && dpsOf(sameNomis) === dpsOf(mapping)) return null;
    return kind.first === 'nomis' ? (sameNomis ?? sameDps) : (sameDps ?? sameNomis);
  }

  function remove(mapping: Members): void {
    const key = keyOf(mapping);
    rows.delete(key);
    const left = (nomisKeys.get(dpsOf(mapping)) ?? []).filter((other) => other !== key);
    if (left.length > 0) nomisKeys.set(dpsOf(mapping), left);
    else nomisKeys.delete(dpsOf(mapping));
  }

  return {
    get count() {
      return rows.size;
    },
    create(mapping) {
      const existing = conflict(mapping);
      if (existing) return { status: 'duplicate', existing };
      if (existing === null) return { status: 'created' };
      const key = keyOf(mapping);
      rows.set(key, mapping);
      nomisKeys.set(dpsOf(mapping), [...(nomisKeys.get(dpsOf(mapping)) ?? []), key]);
      created.set(key, (created.get(key) ?? 0) + 1);
      return { status: 'created' };
    },
    byNomis: (key) => rows.get(key.join('/')),
    byDps: (id) => allByDps(id)[0],
    allByDps,
    removeByDps(id) {
      for (const row of allByDps(id)) remove(row);
    },
    list: (wanted = () => true) => [...rows.values()].filter(wanted),
    change(wanted, members) {
      const changed = [...rows].flatMap(([key, row]) =>
        wanted(row) ? [[key, { ...row, ...members }] as const] : [],
      );
      for (const [key, row] of changed) rows.set(key, row);
      return changed.map(([, row]) => row);
    },
    removeAll(wanted = () => true) {
      for (const row of [...rows.values()]) if (wanted(row)) remove(row);
    },
    clear() {
      rows.clear();
      nomisKeys.clear();
      created.clear();
    },
    *audit() {
      for (const [key, times] of created) {
        const deleted = rows.has(key) ? times - 1 : times;
        yield { id: `${kind.path}/${key}`, created: times, changed: 0, deleted };
      }
    },
  };
}
