import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceChange } from '../comparison/service-change.ts';
import { dosService, periods } from '../testing/builders.ts';
import { fieldUpdateAuditLine, rejectionAuditLine } from './audit-lines.ts';
import { logFields } from './log-line.ts';
import { regionsNeeded, reportLine } from './report.ts';
import { serviceUpdateReports } from './service-update-reports.ts';

const REGIONS = new Map([[101, 'North West']]);
const SOURCE = { now: new Date('2030-07-01T12:00:00.007Z'), environment: 'dev', correlationId: 'c-1' };
const WEB: ServiceChange = {
  kind: 'column',
  column: 'web',
  previous: 'www.old.example.org',
  value: 'a.example',
};

describe('the line of a report', () => {
  it('has the report key, the region and the metric', () => {
    const [report] = serviceUpdateReports(dosService(), [WEB]);
    assert.ok(report);
    const line = reportLine(report, REGIONS);
    assert.equal(line.level, 'WARNING');
    assert.equal(line.message, 'Service update complete');
    assert.deepEqual(logFields(line, 'dev'), {
      report_key: 'SERVICE_UPDATE',
      action: 'modify',
      previous_value: '"www.old.example.org"',
      new_value: '"a.example"',
      data_field_modified: 'cmsurl',
      service_name: 'Pharmacy: Quayside',
      service_uid: '2000000101',
      type_id: '13',
      dos_region: 'North West',
      environment: 'dev',
      cloudwatch_metric_filter_matching_attribute: 'ServiceUpdate',
    });
  });

  it('says so when the region is unknown', () => {
    const [report] = serviceUpdateReports(dosService(), [WEB]);
    assert.ok(report);
    assert.equal(reportLine(report, new Map()).fields?.dos_region, 'Region not found');
    assert.deepEqual(regionsNeeded([report, report]), [101]);
  });

  it('has no environment without a metric', () => {
    assert.deepEqual(logFields({ level: 'INFO', message: 'm', fields: { a: 1 } }, 'dev'), { a: 1 });
  });
});

describe('the values of a service update', () => {
  const zCode = { symptomGroupId: 360, symptomDiscriminatorId: 14167 };
  const closed = { date: '2031-03-06', isOpen: false, periods: [] };
  const open = { date: '2031-03-05', isOpen: true, periods: periods('13:00-17:00', '09:00-12:00') };
  for (const [claim, change, previous, value] of [
    ['are empty for null', { ...WEB, previous: null, value: null }, '', ''],
    ['are empty for empty text and for None', { ...WEB, previous: 'None', value: '' }, '', ''],
    [
      'quote numbers',
      { kind: 'column', column: 'easting', previous: 430201, value: 430202 },
      '"430201"',
      '"430202"',
    ],
    [
      'name statuses',
      { kind: 'status', statusId: 2, previous: 'active', value: 'closed' },
      '"active"',
      '"closed"',
    ],
    [
      'show both sides of a modified weekday',
      {
        kind: 'weekday',
        weekday: 0,
        previous: periods('09:00-17:00'),
        value: periods('13:00-17:00', '09:00-12:00'),
      },
      '"cmsopentimemonday_existing=09:00-17:00"',
      '"cmsopentimemonday_update=remove=09:00-17:00add=09:00-12:00,13:00-17:00"',
    ],
    [
      'show what a weekday loses',
      { kind: 'weekday', weekday: 1, previous: periods('09:00-17:00'), value: [] },
      '"cmsopentimetuesday_existing=09:00-17:00"',
      '"cmsopentimetuesday_update=remove=09:00-17:00"',
    ],
    [
      'show what a weekday gains',
      { kind: 'weekday', weekday: 6, previous: [], value: periods('09:00-17:00') },
      '',
      '"cmsopentimesunday_update=add=09:00-17:00"',
    ],
    [
      'show specified dates',
      { kind: 'specified', previous: [closed], value: [open] },
      '"cmsopentimespecified_existing=2031-03-06-closed"',
      '"cmsopentimespecified_update=remove=2031-03-06-closedadd=2031-03-05-09:00-12:00,2031-03-05-13:00-17:00"',
    ],
    [
      'show an added Z code',
      { kind: 'z_code', action: 'add', zCode },
      '',
      '"cmssgsdid_update=add=360=14167"',
    ],
    [
      'show a removed Z code',
      { kind: 'z_code', action: 'delete', zCode },
      '',
      '"cmssgsdid_update=remove=360=14167"',
    ],
  ] as [string, ServiceChange, string, string][]) {
    it(claim, () => {
      const [report] = serviceUpdateReports(dosService(), [change]);
      assert.deepEqual([report?.fields.previous_value, report?.fields.new_value], [previous, value]);
    });
  }

  it('come one per key of the history entry, in its order', () => {
    const reports = serviceUpdateReports(dosService(), [
      WEB,
      { kind: 'column', column: 'easting', previous: 1, value: 2 },
      { kind: 'column', column: 'latitude', previous: 1, value: 2 },
    ]);
    assert.deepEqual(
      reports.map(({ fields }) => fields.data_field_modified),
      ['cmsurl', 'cmseastings'],
    );
  });
});

describe('an audit line', () => {
  it('of a field update has the values of its report', () => {
    const [report] = serviceUpdateReports(dosService({ name: 'Two\r\nlines' }), [WEB]);
    assert.ok(report);
    assert.equal(
      fieldUpdateAuditLine(SOURCE, reportLine(report, REGIONS)),
      '2030-07-01 12:00:00,007|INFO|DOS_INTEGRATION_DEV|c-1|DOS_INTEGRATION|NULL|2000000101|Two lines|13|cmsurl|' +
        'modify|"www.old.example.org"|"a.example"|NULL|message=UpdateService|correlationId=c-1|elapsedTime=NULL|' +
        'execution_time=NULL',
    );
  });

  it('of a rejected change names the change and the service', () => {
    assert.equal(
      rejectionAuditLine(
        { ...SOURCE, environment: '' },
        { id: 'PC1', serviceUid: '2000000101', serviceName: 'Quayside' },
      ),
      '2030-07-01 12:00:00,007|INFO|DOS_INTEGRATION_UNKNOWN|update|c-1|NULL|DOS_INTEGRATION|RejectDeleteChange|' +
        'request|success|action=reject|changeId=PC1|org_id=2000000101|org_name=Quayside|change_status=PENDING|' +
        'info=change rejected|execution_time=NULL',
    );
  });
});
