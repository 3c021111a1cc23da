import assert from 'node:assert/strict';
import pg from 'pg';
import { openDatabase } from '#platform/db';
import type { RegisterEvent } from '#platform/events';
import type { ModuleCommandValues } from '#platform/module';
import { profileOf } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from '../../../../test/harness/app.ts';
import { ensureTemplate, waitUntil } from '../../../../test/harness/index.ts';
import { prepareDosDatabase } from '../dos/prepare-dos-database.ts';

export const OPERATOR_KEY = 'Operator0Key'.repeat(4);

/** A moment for tests that look at what is written about time; noon and a half in London. */
export const NOW = new Date('2026-07-01T11:30:00Z');

/** A whole application with a small directory behind it, driven through the doors of NHS.uk and of operators. */
export interface DirectoryApp extends TestApp {
  dosUrl: string;
  /** Sends a change event as NHS.uk does; fails unless it is accepted. */
  send(body: object, options?: SendOptions): Promise<void>;
  /** Calls an operator function below `/directory/v1/internal`. */
  operate<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }>;
  /** Runs a command of the module as `signalbox directory <name>` does and returns what `--json` prints. */
  command<T = Record<string, string>>(name: string, values?: ModuleCommandValues): Promise<T>;
  /** Sends a job of a task without payload, as the clock does. */
  runTask(name: string): Promise<void>;
  /** Starts this application's worker; stopped by `app.stores[0].jobs.stop()` and at the end. */
  startWorker(): Promise<void>;
  dos<R>(text: string, values?: unknown[]): Promise<R[]>;
  sql<R>(text: string, values?: unknown[]): Promise<R[]>;
  journey(correlationId: string): Promise<RegisterEvent[]>;
  /** Everything of DoS that a change event can change, as text. */
  dosContent(): Promise<string>;
  /** What was printed so far, as it was printed. */
  output(): string;
  /** The lines of workers printed so far. */
  lines(): LogRecord[];
  /** Those of the access log. */
  accessLines(): Record<string, unknown>[];
  /** Stops the clock at this moment. */
  setNow(now: Date): void;
  waitUntil(what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void>;
}

export type LogRecord = Record<string, unknown> & { message: string };

export interface SendOptions {
  correlationId?: string;
  sequence?: number | string;
  headers?: Record<string, string>;
}

export interface DirectoryAppOptions {
  environment?: Record<string, string>;
  /** Where the clock stands still; it goes without. */
  now?: Date;
  /** The database of another application, of which this is a further process. */
  databaseUrl?: string;
}

/** Made-up pharmacies in the directory of a test. */
const PHARMACIES = 30;

export async function createDirectoryApp(options: DirectoryAppOptions = {}): Promise<DirectoryApp> {
  let { now } = options;
  let output = '';
  let sequence = 100;
  const { databaseUrl } = options;
  await ensureTemplate(`dos_${PHARMACIES}`, async (url) => {
    await using dos = openDatabase({ url, maxConnections: 1, applicationName: 'prepare DoS' });
    await prepareDosDatabase(dos, { pharmacies: PHARMACIES });
  });
  const test = await createTestApp({
    environment: {
      SIGNALBOX_MODULES: 'directory',
      DIRECTORY_EMBEDDED_PHARMACIES: String(PHARMACIES),
      DIRECTORY_OPERATOR_KEY: OPERATOR_KEY,
      ...options.environment,
    },
    clock: { now: () => now ?? new Date() },
    onLines: (lines) => {
      output += lines;
    },
    ...(databaseUrl === undefined ? { siblings: { dos: `dos_${PHARMACIES}` } } : { databaseUrl }),
  });
  const { module } = directoryOf(test);
  const dosUrl = module.databases?.dos ?? '';
  const dosPool = new pg.Pool({
    connectionString: dosUrl,
    max: 2,
    options: '-c search_path=pathwaysdos',
    // So that a test may take the server away.
    idleTimeoutMillis: 100,
  });
  dosPool.on('error', () => undefined);
  // The caller names the columns it selects.
  const dos = async <R>(text: string, values: unknown[] = []) =>
    (await dosPool.query(text, values)).rows as R[];
  const sql = async <R>(text: string, values: unknown[] = []) =>
    (await test.database.db.pool.query(text, values)).rows as R[];
  const jsonLines = (): Record<string, unknown>[] =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return {
    ...test,
    dosUrl,
    send: async (body, { correlationId, sequence: given, headers } = {}) => {
      sequence += 1;
      const response = await test.module('directory').inject({
        method: 'POST',
        url: '/v1/change-event',
        headers: {
          'x-api-key': TEST_API_KEY,
          'content-type': 'application/json',
          'sequence-number': String(given ?? sequence),
          ...(correlationId === undefined ? {} : { 'correlation-id': correlationId }),
          ...headers,
        },
        payload: JSON.stringify(body),
      });
      assert.equal(response.statusCode, 200, response.body);
    },
    operate: async <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => {
      const response = await test.console.inject({
        method,
        url: `/directory/v1/internal${path}`,
        headers: { 'x-api-key': OPERATOR_KEY },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      // The test says what it expects.
      return { status: response.statusCode, body: (response.body === '' ? null : response.json()) as T };
    },
    command: async <T>(name: string, values: ModuleCommandValues = {}) => {
      const command = module.commands?.find((candidate) => candidate.name === name);
      assert.ok(command, `signalbox directory ${name}`);
      return (await command.run(values, () => undefined)) as T;
    },
    runTask: async (name) => {
      const task = module.tasks.find((known) => known.name === name);
      assert.ok(task, `a task called ${name}`);
      await test.app.stores[0].jobs.enqueue(null, task, [{ payload: {} }]);
    },
    startWorker: () => test.app.stores[0].jobs.start(module.tasks),
    dos,
    sql,
    journey: (correlationId) => test.app.stores[0].events.journey(correlationId),
    dosContent: async () => JSON.stringify(await dos(CONTENT)),
    output: () => output,
    lines: () => jsonLines().filter((line): line is LogRecord => typeof line.message === 'string'),
    accessLines: () => jsonLines().filter(({ httpMethod }) => httpMethod !== undefined),
    setNow: (moment) => {
      now = moment;
    },
    waitUntil,
    [Symbol.asyncDispose]: async () => {
      await dosPool.end();
      await test[Symbol.asyncDispose]();
    },
  };
}

/** Waits until a pharmacy has this phone number in DoS. */
export function untilPhone(
  app: Pick<DirectoryApp, 'dos' | 'waitUntil'>,
  odsCode: string,
  number: string,
): Promise<void> {
  const isThere = async () => (await phoneOf(app, odsCode)) === number;
  return app.waitUntil(`DoS holds ${number}`, isThere, 60_000);
}

/** The phone number of a pharmacy in DoS. */
export async function phoneOf(app: Pick<DirectoryApp, 'dos'>, odsCode: string): Promise<string | undefined> {
  const [service] = await app.dos<{ publicphone: string }>(
    'select publicphone from services where odscode = $1 and typeid = 13',
    [odsCode],
  );
  return service?.publicphone;
}

export function directoryOf(test: TestApp) {
  const running = test.app.modules.find(({ definition }) => definition.name === 'directory');
  assert.ok(running);
  return running;
}

const CONTENT = `select s.id, web, publicphone, address, postcode, town, easting, northing, latitude, longitude, statusid,
    (select json_agg(json_build_array(o.dayid, t.starttime, t.endtime) order by o.dayid, t.starttime)
     from servicedayopenings o join servicedayopeningtimes t on t.servicedayopeningid = o.id where o.serviceid = s.id) as week,
    (select json_agg(json_build_array(d.date, t.starttime, t.endtime, t.isclosed) order by d.date, t.starttime)
     from servicespecifiedopeningdates d join servicespecifiedopeningtimes t on t.servicespecifiedopeningdateid = d.id
     where d.serviceid = s.id) as dates,
    (select json_agg(z.sgid || '=' || z.sdid order by z.sdid) from servicesgsds z where z.serviceid = s.id) as zcodes
  from services s order by s.id`;

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What NHS.uk says of a seeded pharmacy in one of its versions; version 0 is what DoS says already. */
export function pharmacyRecord(odsCode: string, fields: object = {}, version = 0) {
  const profile = profileOf(odsCode, version);
  return {
    ODSCode: odsCode,
    OrganisationName: profile.name,
    OrganisationTypeId: 'PHA',
    OrganisationType: 'Pharmacy',
    OrganisationSubType: 'Community',
    OrganisationStatus: 'Visible',
    Address1: profile.addressLines[0],
    City: profile.location.town,
    Postcode: profile.location.postcode,
    Contacts: [...phone(profile.phone), contact('Website', profile.website)],
    OpeningTimes: profile.week.flatMap((periods, day) =>
      periods.map(({ start, end }) => ({
        OpeningTimeType: 'General',
        Weekday: DAYS[day],
        OpeningTime: clock(start),
        ClosingTime: clock(end),
        AdditionalOpeningDate: '',
        IsOpen: true,
      })),
    ),
    UecServices: profile.palliativeCare ? [{ ServiceCode: 'SRV0559' }] : [],
    Services: [
      ...(profile.bloodPressure ? [{ ServiceCode: 'SRV0560' }] : []),
      ...(profile.contraception ? [{ ServiceCode: 'SRV2000' }] : []),
    ],
    ...fields,
  };
}

/** Fields of a record with this phone number and no website, which is then deleted. */
export function onlyPhone(number: string) {
  return { Contacts: phone(number) };
}

/** The contacts of a record that has this phone number and no website. */
export function phone(number: string) {
  return [contact('Telephone', number)];
}

function contact(type: string, value: string) {
  return {
    ContactType: 'Primary',
    ContactAvailabilityType: 'Office hours',
    ContactMethodType: type,
    ContactValue: value,
  };
}

function clock(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3_600)}:${two((seconds % 3_600) / 60)}`;
}
