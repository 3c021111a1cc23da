import { type MigrationSetting, startMigrationSetting } from './migration-setting.ts';

/** How often a target made, changed and deleted what came from one record. */
export interface AuditRow {
  id: string;
  created: number;
  changed: number;
  deleted: number;
}

export type Body = Record<string, unknown>;

/** The application with its simulators, and what tests of domains do with them time and again. */
export interface DomainSetting extends MigrationSetting {
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
}

export async function startDomainSetting(environment: Record<string, string> = {}): Promise<DomainSetting> {
  const setting = await startMigrationSetting(environment);
  return {
    ...setting,
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
  };
}

export const madeOnce = (rows: AuditRow[]): boolean =>
  rows.every(({ created, changed }) => created === 1 && changed === 0);
