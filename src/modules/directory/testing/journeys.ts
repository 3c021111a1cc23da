import assert from 'node:assert/strict';
import pg from 'pg';
import type { RegisterEvent } from '#platform/events';
import type { ModuleCommandValues } from '#platform/module';
import { profileOf } from '#reference/pharmacies';
import { createTestApp, TEST_API_KEY, type TestApp } from '../../../../test/harness/app.ts';
import { waitUntil } from '../../../../test/harness/index.ts';

/** The whole application with what tests of change events need: a sender, DoS, the register and the log lines. */
export interface JourneyApp extends TestApp {
  send(body: object, correlationId: string, more?: SendOptions): Promise<void>;
  events(correlationId: string): Promise<RegisterEvent[]>;
  dos<R>(text: string, values?: unknown[]): Promise<R[]>;
  dosUrl: string;
  /** What was printed so far, as it was printed. */
  output(): string;
  /** The lines of workers printed so far. */
  lines(): LogRecord[];
  /** Those of the access log. */
  accessLines(): Record<string, unknown>[];
  setNow(now: Date): void;
  /** Runs a command of the module as `signalbox directory <name>` does and returns what `--json` prints. */
  command(name: string, values?: ModuleCommandValues): Promise<unknown>;
  /** Sends a job of a task without payload, as the clock does. */
  runTask(name: string): Promise<void>;
  waitUntil(what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void>;
}

export type LogRecord = Record<string, unknown> & { message: string };

export interface SendOptions {
  sequenceNumber?: number | string;
  headers?: Record<string, string>;
}

export async function createJourneyApp(
  options: { environment?: Record<string, string>; now?: Date } = {},
): Promise<JourneyApp> {
  let now = options.now ?? new Date('2026-07-01T11:30:00Z');
  let output = '';
  let sequence = 100;
  const test = await createTestApp({
    environment: { SIGNALBOX_MODULES: 'directory', ...options.environment },
    clock: { now: () => now },
    onLines: (lines) => {
      output += lines;
    },
  });
  const directory = test.app.modules.find(({ definition }) => definition.name === 'directory')?.module;
  assert.ok(directory);
  const dosUrl = directory.databases?.dos ?? '';
  const jsonLines = (): Record<string, unknown>[] =>
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return {
    ...test,
    dosUrl,
    send: async (body, correlationId, { sequenceNumber, headers } = {}) => {
      sequence += 1;
      const response = await test.module('directory').inject({
        method: 'POST',
        url: '/v1/change-event',
        headers: {
          'x-api-key': TEST_API_KEY,
          'content-type': 'application/json',
          'sequence-number': String(sequenceNumber ?? sequence),
          'correlation-id': correlationId,
          ...headers,
        },
        payload: JSON.stringify(body),
      });
      assert.equal(response.statusCode, 200);
    },
    events: (correlationId) => test.app.stores[0].events.journey(correlationId),
    dos: async <R>(text: string, values: unknown[] = []) => {
      const client = new pg.Client({ connectionString: dosUrl, options: '-c search_path=pathwaysdos' });
      await client.connect();
      try {
        // The caller names the columns it selects.
        return (await client.query(text, values)).rows as R[];
      } finally {
        await client.end();
      }
    },
    output: () => output,
    lines: () => jsonLines().filter((line): line is LogRecord => typeof line.message === 'string'),
    accessLines: () => jsonLines().filter(({ httpMethod }) => httpMethod !== undefined),
    command: async (name, values = {}) => {
      const command = directory.commands?.find((known) => known.name === name);
      assert.ok(command, `a command called ${name}`);
      return command.run(values, () => undefined);
    },
    runTask: async (name) => {
      const task = directory.tasks.find((known) => known.name === name);
      assert.ok(task, `a task called ${name}`);
      await test.app.stores[0].jobs.enqueue(null, task, [{ payload: {} }]);
    },
    waitUntil,
    setNow: (moment) => {
      now = moment;
    },
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
}

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** What NHS.uk says of a seeded pharmacy when nothing has changed, in the form it is sent. */
export function pharmacyRecord(odsCode: string, fields: object = {}) {
  const profile = profileOf(odsCode, 0);
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
    Contacts: [contact('Telephone', profile.phone), contact('Website', profile.website)],
    OpeningTimes: profile.week.flatMap((periods, day) =>
      periods.map(({ start, end }) => ({
        OpeningTimeType: 'General',
        Weekday: WEEKDAYS[day],
        OpeningTime: timeText(start),
        ClosingTime: timeText(end),
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

/** Only a phone, so that the website is deleted and the phone changed. */
export function onlyPhone(phone: string): object {
  return { Contacts: [contact('Telephone', phone)] };
}

function contact(type: string, value: string) {
  return {
    ContactType: 'Primary',
    ContactAvailabilityType: 'Office hours',
    ContactMethodType: type,
    ContactValue: value,
  };
}

function timeText(seconds: number): string {
  const [hour, minute] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
