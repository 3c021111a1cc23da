// The usual domain: records of one kind, listed and read from the source one by one, written to the target one by one. It
// states what is its own, and queues, names of events, properties and paths follow from that. `docs/migration-domains.md`
// shows the way from nothing to such a domain.
import type { TObject } from 'typebox';
import { bulkTelemetry } from './bulk-telemetry.ts';
import { bulkOf, eventQueueOf, type IdsOfSource } from './declare.ts';
import type { BulkDeclaration, Domain, SyncDeclaration, SyncMessage } from './domain.ts';
import { rowTelemetry, textsOf } from './row-telemetry.ts';

type Stated<R> = Omit<Domain<R>, 'telemetryName' | 'source' | 'bulk' | 'sync'>;

export interface RecordDomain<R> extends Stated<R> {
  /** Start of the names of its run's events; its name without it. */
  telemetryName?: string;
  /** Word of its event queue, where it is not its name, and of the switches of its events, where it is neither. */
  queue?: string;
  switchDomain?: string;
  /** Where the source lists the ids; without it there is no bulk run. */
  ids?: IdsOfSource;
  pageSize?: number;
  /** Members that go along to the list of ids. */
  filter?: TObject;
  tells: Telling<R>;
  events?: SyncDeclaration<R>['events'];
  isHidden?: SyncDeclaration<R>['isHidden'];
  isRecordEcho?: SyncDeclaration<R>['isRecordEcho'];
  consumers?: number;
  retries?: BulkDeclaration<R>['retries'];
}

/** What events say of a record. */
export interface Telling<R> {
  /** `alert` in `nomis-migration-alert-duplicate` and in `alert-synchronisation-created-success`, or a word for each. */
  noun: string | { bulk: string; sync: string };
  /** Names of the ids, the target's last; those of the mapping without it. */
  ids?: readonly string[];
  /** Further properties; what is undefined is left out. */
  facts?(record: R | undefined, message: SyncMessage): Record<string, unknown>;
}

export function recordDomain<R>(stated: RecordDomain<R>): Domain<R> {
  const { telemetryName, queue, ids, pageSize, filter, tells, events, isHidden, isRecordEcho, ...rest } =
    stated;
  const { consumers, retries, switchDomain, ...domain } = rest;
  const idsOf = idsNamed(stated);
  const { facts = () => ({}) } = tells;
  const [bulkNoun, syncNoun] =
    typeof tells.noun === 'string' ? [tells.noun, tells.noun] : [tells.noun.bulk, tells.noun.sync];
  const own = {
    ...(consumers === undefined ? {} : { consumers }),
    ...(retries === undefined ? {} : { retries }),
  };
  const telemetry = bulkTelemetry<R>(bulkNoun, idsOf, (record) => textsOf(facts(record, {})));
  const bulk = ids && {
    ...bulkOf<R>(stated.name, {
      ids,
      telemetry,
      ...(filter === undefined ? {} : { filter }),
      ...(pageSize === undefined ? {} : { pageSize }),
    }),
    ...own,
  };
  const sync = events && {
    ...eventQueueOf(queue ?? stated.name),
    ...(switchDomain === undefined ? {} : { switchDomain }),
    ...own,
    events,
    telemetry: rowTelemetry<R>(syncNoun, ({ key, targetId, record, message }) => ({
      ...idsOf(key, targetId),
      ...facts(record, message),
    })),
    ...(isHidden === undefined ? {} : { isHidden }),
    ...(isRecordEcho === undefined ? {} : { isRecordEcho }),
  };
  return {
    ...domain,
    telemetryName: telemetryName ?? stated.name,
    source: 'nomis',
    ...(bulk === undefined ? {} : { bulk }),
    ...(sync === undefined ? {} : { sync }),
  };
}

/** The parts of a key, and the id at the target where it is known, by their names. */
function idsNamed<R>({ mapping, tells }: Pick<RecordDomain<R>, 'mapping' | 'tells'>) {
  const names =
    tells.ids ?? (mapping ? [...mapping.nomisFields.map((field) => field.name), mapping.dpsField] : ['id']);
  const sourceNames = mapping ? names.slice(0, -1) : names;
  return (key: string, targetId: string | undefined): Record<string, string> => {
    const parts = key.split('/');
    const target = mapping && targetId !== undefined ? [[names.at(-1), targetId]] : [];
    return Object.fromEntries([...sourceNames.map((name, nth) => [name, parts[nth]]), ...target]);
  };
}
