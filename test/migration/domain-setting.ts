import { after, before, beforeEach } from 'node:test';
import { type Answer, type MigrationSetting, startMigrationSetting } from './migration-setting.ts';

/** How often a target made, changed and deleted what came from one record. */
export interface AuditRow {
  id: string;
  created: number;
  changed: number;
  deleted: number;
}

export type Body = Record<string, unknown>;

/** The application with its simulators, and what tests of domains do with them time and again. */
export interface DomainSetting extends Omit<MigrationSetting, 'callAs' | typeof Symbol.asyncDispose> {
  audit(simulator: string): Promise<AuditRow[]>;
  nomis(path: string): Promise<Body>;
  /** Changes a record of the source. */
  change(path: string, members: object): Promise<unknown>;
  mapping(path: string): Promise<Body>;
  /** Of the events since the last reset. */
  names(part: string): Promise<string[]>;
  /** An event, and all that comes of it. */
  send(queue: string, eventType: string, message: object): Promise<void>;
  /** A run that moves everything and one that finds nothing to do; how many records the first moved. */
  runTwice(path: string): Promise<number>;
  /** A request with these roles alone. */
  callAs(
    roles: string[],
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
  ): Promise<Answer<Record<string, unknown>[]>>;
  /** Sources of what a target holds for a prisoner. */
  keptFor(simulator: string, offenderNo: string): Promise<string[]>;
  /** Names of the fields that differ, by key. */
  differences(type: string): Promise<Record<string, string[]>>;
}

/** One for all tests of a file, as it began before each of them. To be used within tests only. */
export function useDomainSetting(environment: Record<string, string> = {}): DomainSetting {
  let started: MigrationSetting | undefined;
  before(async () => {
    started = await startMigrationSetting(environment);
  });
  after(() => started?.[Symbol.asyncDispose]());
  beforeEach(() => setting.reset());

  function now(): MigrationSetting {
    if (!started) throw new Error('The application is there within tests only');
    return started;
  }

  const setting: DomainSetting = {
    get app() {
      return now().app;
    },
    get simulatorsUrl() {
      return now().simulatorsUrl;
    },
    call: (method, url, body) => now().call(method, url, body),
    simulator: (path, method, body) => now().simulator(path, method, body),
    drain: () => now().drain(),
    sendEvent: (queue, eventType, message) => now().sendEvent(queue, eventType, message),
    reset: () => now().reset(),
    events: (part) => now().events(part),
    run: (path, filter) => now().run(path, filter),
    reconcile: (type, repair) => now().reconcile(type, repair),
    audit: async (simulator) => (await setting.simulator<AuditRow[]>(`/${simulator}/audit`)).body,
    nomis: async (path) => (await setting.simulator<Body>(`/nomis${path}`)).body,
    change: (path, members) => setting.simulator(`/nomis/control/${path}`, 'PUT', members),
    mapping: async (path) => (await setting.call<Body>('GET', path)).body,
    names: async (part) => (await setting.events(part)).map(({ name }) => name),
    async send(queue, eventType, message) {
      await setting.sendEvent(`prisoner_from_nomis_${queue}_queue`, eventType, message);
      await setting.drain();
    },
    async runTwice(path) {
      const [first, second] = [await setting.run(path), await setting.run(path)];
      const found = [first.status, first.recordsFailed, second.status, second.recordsMigrated];
      if (String(found) !== 'COMPLETED,0,COMPLETED,0') throw new Error(`Two runs came to ${String(found)}`);
      return first.recordsMigrated;
    },
    async callAs(roles, method, url) {
      const client = { client_id: 'one-role', client_secret: 'clientsecret', roles };
      await setting.simulator('/auth/clients', 'PUT', [client]);
      return now().callAs('one-role', method, url);
    },
    async keptFor(simulator, offenderNo) {
      const rows = await setting.audit(simulator);
      return rows
        .filter(({ id, created, deleted }) => id.startsWith(offenderNo) && created > deleted)
        .map(({ id }) => id);
    },
    async differences(type) {
      const { rows } = await setting.app.app.stores[0].db.pool.query<{ key: string; fields: string[] }>(
        'select nomis_key as key, fields from migration.differences where migration_type = $1',
        [type],
      );
      return Object.fromEntries(rows.map(({ key, fields }) => [key, fields]));
    },
  };
  return setting;
}

export const madeOnce = (rows: AuditRow[]): boolean =>
  rows.every(({ created, changed }) => created === 1 && changed === 0);
