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

const ORGANISATION = `nhsuk_odscode nhsuk_organisation_name nhsuk_organisation_typeid nhsuk_organisation_status
  nhsuk_organisation_subtype`;
const ADDRESS = 'nhsuk_address1 nhsuk_address2 nhsuk_address3 nhsuk_city nhsuk_county nhsuk_postcode';
const IN_MATCHER = 'org_type org_sub_type nhsuk_organisation_typeid nhsuk_organisation_name';
const IN_SYNC =
  'service_id service_name service_uid type_id nhsuk_organisation_typeid nhsuk_organisation_name';
const DEAD = 'error_msg error_msg_http_code dynamo_record_id message_received environment';

/** The table of section 8.3.1: each report, the worker that raises it, and the keys that people's reports are made of. */
const REPORTS: Record<string, [worker: string, keys: string]> = {
  UNMATCHED_PHARMACY: [
    'service-matcher',
    `${IN_MATCHER} ${ORGANISATION} ${ADDRESS} nhsuk_parent_organisation_name`,
  ],
  HIDDEN_OR_CLOSED: [
    'service-matcher',
    `${IN_MATCHER} dos_service_uid nhsuk_odscode dos_service_name nhsuk_service_status nhsuk_service_type nhsuk_sector
      dos_service_status dos_service_type dos_region nhsuk_parent_organisation_name dos_service_typeid`,
  ],
  INVALID_OPEN_TIMES: [
    'service-matcher',
    `${IN_MATCHER} nhsuk_odscode nhsuk_organisation_name nhsuk_open_times_payload dos_service_type_name dos_services
      environment`,
  ],
  MISSING_SERVICE_TYPE: [
    'service-matcher',
    `${IN_MATCHER} ${ORGANISATION} dos_missing_service_type dos_service_address dos_service_postcode dos_region reason
      nhsuk_parent_organisation_name`,
  ],
  BLANK_STANDARD_OPENINGS: [
    'service-sync',
    `${IN_SYNC} nhsuk_odscode dos_service_id dos_service_uid dos_service_name nhsuk_service_status nhsuk_service_type
      nhsuk_sector dos_service_status dos_service_type dos_service_type_name dos_region`,
  ],
  GENERIC_BANK_HOLIDAY: [
    'service-sync',
    `${IN_SYNC} nhsuk_odscode nhsuk_organisation_name dos_service_uid dos_service_name bank_holiday_opening_times
      nhsuk_parent_org dos_service_type_name dos_region`,
  ],
  INVALID_POSTCODE: [
    'service-sync',
    `${IN_SYNC} nhsuk_odscode nhsuk_organisation_type nhsuk_organisation_name nhsuk_organisation_subtype ${ADDRESS}
      validation_error_reason dos_service dos_service_type_name dos_region dos_service_name environment`,
  ],
  GENERIC_CHANGE_EVENT_ERROR: ['service-sync', `${IN_SYNC} error_reason error_info dos_region`],
  SERVICE_UPDATE: [
    'service-sync',
    `${IN_SYNC} action previous_value new_value data_field_modified dos_region environment`,
  ],
  CHANGE_EVENT_DLQ_HANDLER_RECEIVED_EVENT: ['change-event-dlq-handler', `${DEAD} payload`],
  DOS_DB_UPDATE_DLQ_HANDLER_RECEIVED_EVENT: ['dos-db-update-dlq-handler', `${DEAD} change_payload`],
  QUALITY_CHECK_REPORT_KEY: [
    'quality-checker',
    `dos_service_uid dos_service_odscode dos_service_name dos_service_type_name dos_service_type_id dos_region z_code
      reason odscode environment`,
  ],
};

describe('the metrics and reports of DoS Integration', () => {
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

    await sendOne(12, 'unmatched', { ODSCode: 'Y9999' });
    await sendOne(13, 'hidden', { OrganisationStatus: 'Hidden' });
    await addService('FQQ01', 13, 1);
    await sendOne(14, 'missing', { ODSCode: 'FQQ01', Services: [{ ServiceCode: 'SRV0560' }] });
    await app.dos(
      `with day as (
        insert into servicedayopenings (serviceid, dayid) select id, 8 from services where odscode = 'FQQ01' returning id
      )
      insert into servicedayopeningtimes (starttime, endtime, servicedayopeningid) select '10:00', '12:00', id from day`,
    );
    await sendOne(14, 'blank', {
      ODSCode: 'FQQ01',
      OpeningTimes: [],
      Contacts: [
        {
          ContactType: 'Primary',
          ContactAvailabilityType: 'Office hours',
          ContactMethodType: 'Website',
          ContactValue: 'not a website',
        },
      ],
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

  it('have reports beside them, each with its keys on the lines of its worker and in the register', async () => {
    const recorded = await app.sql<{ properties: Record<string, unknown>; each: Record<string, unknown>[] }>(
      "select properties, each from platform.events where properties ->> 'report_key' is not null",
    );
    for (const [report, [worker, keys]] of Object.entries(REPORTS)) {
      const lines = app.lines().filter(({ report_key }) => report_key === report);
      const rows = recorded.flatMap(({ properties, each }) =>
        properties.report_key !== report ? [] : (each ?? [{}]).map((own) => ({ ...properties, ...own })),
      );
      assert.ok(lines.length > 0 && rows.length > 0, report);
      const wanted = keys.split(/\s+/);
      for (const line of lines) {
        assert.equal(line.function_name, `uec-dos-int-blue1-${worker}`, report);
        assert.equal(line.level, 'WARNING', report);
        const own = worker === 'quality-checker' ? [] : ['correlation_id', 'ods_code'];
        const missing = [...HEAD, 'xray_trace_id', ...own, ...wanted].filter((key) => !(key in line));
        assert.deepEqual(missing, [], `${report} as printed`);
      }
      for (const row of rows) {
        assert.deepEqual(
          wanted.filter((key) => !(key in row)),
          [],
          `${report} in the register`,
        );
      }
    }
  });
});

const HEAD = ['level', 'location', 'message', 'timestamp', 'service', 'function_name', 'function_request_id'];

const KEY = 'cloudwatch_metric_filter_matching_attribute';
