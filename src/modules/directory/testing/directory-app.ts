import assert from 'node:assert/strict';
import pg from 'pg';
import type { RegisterEvent } from '#platform/events';
import { profileOf } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from '../../../../test/harness/app.ts';

export const OPERATOR_KEY = 'Operator0Key'.repeat(4);

/** A whole application with a small directory behind it, driven through the doors of NHS.uk and of operators. */
export interface DirectoryApp {
  test: TestApp;
  dosUrl: string;
  /** Sends a change event as NHS.uk does; fails unless it is accepted. */
  send(body: object, options?: { correlationId?: string; sequence?: number | string }): Promise<void>;
  /** Calls an operator function below `/directory/v1/internal`. */
  operate<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }>;
  /** Runs a command of the module as `signalbox directory <name>` does; lines for people are dropped. */
  command<T = Record<string, string>>(name: string, values?: Record<string, string | boolean>): Promise<T>;
  dos<R>(text: string, values?: unknown[]): Promise<R[]>;
  sql<R>(text: string, values?: unknown[]): Promise<R[]>;
  journey(correlationId: string): Promise<RegisterEvent[]>;
  /** Everything of DoS that a change event can change, as text. */
  dosContent(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createDirectoryApp(
  options: { environment?: Record<string, string>; now?: Date; onLines?: (lines: string) => void } = {},
): Promise<DirectoryApp> {
  const test = await createTestApp({
    ...options,
    environment: {
      SIGNALBOX_MODULES: 'directory',
      DIRECTORY_OPERATOR_KEY: OPERATOR_KEY,
      ...options.environment,
    },
  });
  const { module } = directoryOf(test);
  const dosUrl = module.databases?.dos ?? '';
  const pool = new pg.Pool({ connectionString: dosUrl, max: 2, options: '-c search_path=pathwaysdos' });
  let sequence = 100;
  const dos = async <R>(text: string, values: unknown[] = []) => (await pool.query(text, values)).rows as R[];
  return {
    test,
    dosUrl,
    send: async (body, { correlationId, sequence: given } = {}) => {
      sequence += 1;
      const response = await test.module('directory').inject({
        method: 'POST',
        url: '/v1/change-event',
        headers: {
          'x-api-key': TEST_API_KEY,
          'content-type': 'application/json',
          'sequence-number': String(given ?? sequence),
          ...(correlationId === undefined ? {} : { 'correlation-id': correlationId }),
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
    command: async <T>(name: string, values: Record<string, string | boolean> = {}) => {
      const command = module.commands?.find((candidate) => candidate.name === name);
      assert.ok(command, `signalbox directory ${name}`);
      return (await command.run(values, () => undefined)) as T;
    },
    dos,
    sql: async <R>(text: string, values: unknown[] = []) =>
      (await test.database.db.pool.query(text, values)).rows as R[],
    journey: (correlationId) => test.app.stores[0].events.journey(correlationId),
    dosContent: async () => JSON.stringify(await dos(CONTENT)),
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await test[Symbol.asyncDispose]();
    },
  };
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
