import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt, profileOf } from '#reference/pharmacies';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';

/** The table of section 8.4: each metric, and the attribute of the lines that it is counted from. */
const METRICS = [
  ['ChangeEventReceived', 'ChangeEventReceived'],
  ['UpdateRequestSent', 'UpdateRequestSent'],
  ['UpdateRequestSuccess', 'UpdateRequestSuccess'],
  ['QueueToDoSLatency', 'UpdateRequestSuccess'],
  ['UpdateRequestFailed', 'UpdateRequestError'],
  ['DoSAllServiceUpdates', 'ServiceUpdate'],
  ['DoSServiceUpdate cmstelephoneno', 'ServiceUpdate'],
  ['InvalidPostcode', 'InvalidPostcode'],
  ['InvalidOpenTimes', 'InvalidOpenTimes'],
  ['ChangeEventsDLQHandlerReceivedEvent', 'ChangeEventsDLQHandlerReceivedEvent'],
  ['DoSDBUpdateDLQHandlerReceivedEvent', 'DoSDBUpdateDLQHandlerReceivedEvent'],
  ['EmailSent', 'EmailSent'],
  ['EmailFailed', 'EmailFailed'],
  ['QualityCheckerIssueFound', 'QualityCheckerIssueFound'],
  ['QualityCheckerFinished', 'QualityCheckerFinished'],
  ['QualityCheckerErrored', 'QualityCheckerErrored'],
  ['DoSPalliativeCareZCodeDoesNotExist', 'DoSPalliativeCareZCodeDoesNotExist'],
  ['DoSBloodPressureZCodeDoesNotExist', 'BloodPressureZCodeDoesNotExist'],
  ['DoSContraceptionZCodeDoesNotExist', 'ContraceptionZCodeDoesNotExist'],
] as const;

describe('the metrics of DoS Integration', () => {
  let app: DirectoryApp;
  let mail: MailServer;
  before(async () => {
    mail = await startMailServer();
    app = await createDirectoryApp({
      environment: { ENVIRONMENT: 'blue1', SHARED_ENVIRONMENT: 'shared1', SMTP_URL: mail.url },
    });
    await app.dos('delete from symptomgroupsymptomdiscriminators');
    await haveEverythingHappen();
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await mail[Symbol.asyncDispose]();
  });

  const proposeChange = (odsCode: string) =>
    app.dos(
      `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
       select 'change-' || id, 'PENDING', 'modify', 'x', 'x', '{"new":{"cmsurl":{"data":"www.new.example"}}}',
         (select username from users where email is not null limit 1), id
       from services where odscode = $1 and typeid = 13`,
      [odsCode],
    );
  const addService = (odsCode: string, typeId: number, statusId: number) =>
    app.dos(
      `insert into services (id, uid, name, odscode, typeid, statusid)
       select max(id) + 1, 'u-' || max(id) + 1, 'Added', $1, $2, $3 from services`,
      [odsCode, typeId, statusId],
    );
  const sendOne = async (index: number, correlationId: string, fields: object = {}) => {
    await app.send(pharmacyRecord(odsCodeAt(index), fields), { correlationId });
    await app.drain();
  };

  async function haveEverythingHappen(): Promise<void> {
    await sendOne(1, 'ordinary', onlyPhone('01632 960 111'));
    await sendOne(2, 'unwritable', onlyPhone('0'.repeat(300)));
    await sendOne(3, 'bad-data', { Postcode: 'XX1 1XX', OpeningTimes: [{}] });
    const message = { body: pharmacyRecord(odsCodeAt(4)), attributes: { 'correlation-id': 'dead' } };
    await app.command('inject', { queue: 'change-event-dlq', message: JSON.stringify(message) });
    await app.drain();

    await proposeChange(odsCodeAt(5));
    await sendOne(5, 'email-that-arrives');
    mail.refusal = 550;
    await proposeChange(odsCodeAt(6));
    await sendOne(6, 'email-that-is-refused');

    const plain = [7, 8, 9, 10, 11].find((index) => !profileOf(odsCodeAt(index), 0).palliativeCare) ?? 0;
    for (const typeId of [148, 149]) await addService(`${odsCodeAt(plain)}Z`, typeId, 3);
    await sendOne(plain, 'z-codes', {
      UecServices: [{ ServiceCode: 'SRV0559' }],
      Services: [{ ServiceCode: 'SRV0560' }, { ServiceCode: 'SRV2000' }],
    });

    for (let count = 0; count < 2; count += 1) await addService('F9999', 148, 1);
    await app.command('quality-check');
    await app.dos('alter table servicesgsds rename to servicesgsds_away');
    await assert.rejects(app.command('quality-check'));
  }

  it('are all on /metrics by their names, for the release that they belong to', async () => {
    const { body } = await app.console.inject({ url: '/metrics' });
    const counts = METRICS.map(([name]) => {
      const sample = new RegExp(
        `^signalbox_directory_signals_total\\{(?=[^}]*signal="${name}")[^}]*environment="blue1"[^}]*\\} (\\d+)$`,
        'm',
      );
      return [name, Number(sample.exec(body)?.[1] ?? 0)] as const;
    });
    assert.deepEqual(
      counts.filter(([, count]) => count === 0),
      [],
    );
    assert.match(body, /^signalbox_directory_event_to_dos_seconds_count\S* [1-9]/m);
    assert.match(body, /^signalbox_directory_service_updates_total\{.*field="cmstelephoneno".*\} [1-9]/m);
  });

  it('come of log lines that are shipped and name their environment', () => {
    for (const attribute of new Set(METRICS.map(([, attribute]) => attribute))) {
      const lines = app.lines().filter((line) => line[KEY] === attribute);
      assert.ok(lines.length > 0, attribute);
      for (const line of lines) {
        assert.equal(line.environment, 'blue1', attribute);
        assert.match(String(line.level), /^(WARNING|ERROR)$/, attribute);
      }
    }
    const known = new Set<unknown>(METRICS.map(([, attribute]) => attribute));
    const others = app.lines().filter((line) => line[KEY] !== undefined && !known.has(line[KEY]));
    assert.deepEqual(others, []);
    const latencies = app.lines().filter((line) => line[KEY] === 'UpdateRequestSuccess');
    assert.ok(latencies.every(({ latency }) => Number.isInteger(latency) && Number(latency) >= 0));
  });
});

const KEY = 'cloudwatch_metric_filter_matching_attribute';
