import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDirectoryApp, type DirectoryApp } from '../testing/directory-app.ts';

interface Result {
  function_request_id: string;
  findings: Record<string, unknown>[];
}

describe('the quality checker', () => {
  let app: DirectoryApp;
  before(async () => {
    app = await createDirectoryApp({
      environment: { ENVIRONMENT: 'green', ODSCODE_STARTING_CHARACTER: 'Q' },
    });
    // A commissioner below a region, and pharmacies of a letter that the made-up ones do not have.
    await app.dos(
      "insert into services (id, uid, name, typeid, statusid) values (900000, 'u-region', 'North', 13, 2)",
    );
    for (const [id, odsCode, type, status, zCodes] of [
      [900001, 'QA001', 13, 1, [14167]],
      [900002, 'QA001X', 13, 1, [14167]],
      [900003, 'QA002', 148, 1, [14207]],
      [900004, 'QA002A', 148, 1, []],
      [900005, 'QA002B', 148, 2, []],
      [900006, 'qa003', 149, 1, []],
      [900007, 'qa003z', 149, 1, []],
      [900008, 'QA004', 134, 1, [14167]],
      [900009, 'QA004', 149, 1, [14207]],
      [900010, 'QA005', 132, 2, [14167]],
      [900011, 'RA006', 132, 1, [14167]],
      [900012, '\tQA07', 148, 1, []],
      [900013, '\tQA07', 148, 1, []],
      [900014, 'QA008', 13, 1, [14210]],
    ] as const) {
      await app.dos(
        `insert into services (id, uid, name, odscode, typeid, statusid, parentid)
         values ($1, 'u-' || $1::int, 'Service ' || $1::int, $2, $3, $4, 900000)`,
        [id, odsCode, type, status],
      );
      for (const zCode of zCodes)
        await app.dos('insert into servicesgsds (serviceid, sgid, sdid) values ($1, 360, $2)', [id, zCode]);
    }
  });
  after(() => app[Symbol.asyncDispose]());

  const REPEATED = (type: number) => `Multiple 'Pharmacy' type services found (type ${type})`;
  const EXPECTED = [
    ['u-900012', REPEATED(148), ''],
    ['u-900013', REPEATED(148), ''],
    ['u-900003', REPEATED(148), ''],
    ['u-900004', REPEATED(148), ''],
    ['u-900006', REPEATED(149), ''],
    ['u-900007', REPEATED(149), ''],
    ['u-900008', 'Palliative Care ZCode is on invalid service type', '360=14167'],
    [
      'u-900002',
      'Palliative Care ZCode is on the correct service type, but the service is incorrectly profiled',
      '360=14167',
    ],
    ['u-900009', 'Blood Pressure ZCode is on invalid service type', '360=14207'],
    ['u-900014', 'Contraception ZCode is on invalid service type', '360=14210'],
  ];
  const brief = (findings: Record<string, unknown>[]) =>
    findings.map(({ dos_service_uid: uid, reason, z_code: zCode }) => [uid, reason, zCode]);

  it('prints its request id and every issue in the specified order', async () => {
    const result = await app.command<Result>('quality-check');
    assert.match(result.function_request_id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(brief(result.findings), EXPECTED);
    assert.deepEqual(result.findings[7], {
      report_key: 'QUALITY_CHECK_REPORT_KEY',
      dos_service_uid: 'u-900002',
      dos_service_odscode: 'QA001X',
      dos_service_name: 'Service 900002',
      dos_service_type_name: 'Pharmacy',
      dos_service_type_id: 13,
      z_code: '360=14167',
      reason: 'Palliative Care ZCode is on the correct service type, but the service is incorrectly profiled',
      odscode: 'QA001',
      dos_region: 'North',
    });
  });

  it('says the same in the register and on the log lines, under the request id', async () => {
    const before = app.output().length;
    const { function_request_id: id } = await app.command<Result>('quality-check');
    const lines = app
      .output()
      .slice(before)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const parsed = JSON.parse(line) as Record<string, unknown>;
        assert.equal(line, JSON.stringify(parsed), 'no key stands twice in a line');
        return parsed;
      });
    assert.deepEqual(
      [lines[0]?.message, lines[0]?.level, lines.at(-1)?.message, lines.at(-1)?.level],
      ['Quality checker started', 'INFO', 'Quality checker finished', 'WARNING'],
    );
    assert.deepEqual([...new Set(lines.map((line) => line.function_request_id))], [id]);
    assert.deepEqual(
      [...new Set(lines.map((line) => line.function_name))],
      ['uec-dos-int-green-quality-checker'],
    );
    const reports = lines.filter((line) => line.report_key === 'QUALITY_CHECK_REPORT_KEY');
    assert.deepEqual(brief(reports), EXPECTED);
    for (const line of reports) {
      assert.equal(line.message, line.reason);
      assert.equal(line.level, 'WARNING');
      assert.equal(line.environment, 'green');
      assert.equal(line.cloudwatch_metric_filter_matching_attribute, 'QualityCheckerIssueFound');
    }
    assert.equal(lines.at(-1)?.cloudwatch_metric_filter_matching_attribute, 'QualityCheckerFinished');
    const events = await app.journey(id);
    assert.equal(events.length, EXPECTED.length + 2);
    assert.deepEqual(new Set(events.map(({ properties }) => properties.function_request_id)), new Set([id]));
  });

  it('runs in the worker when a program asks, and shows what it found', async () => {
    const started = await app.operate('POST', '/quality-checker/runs', {});
    assert.equal(started.status, 202);
    const path = `/quality-checker/runs/${started.body.function_request_id}`;
    assert.equal((await app.operate('GET', path)).status, 404, 'it has not begun');
    await app.drain();
    const { body } = await app.operate<Result & { state: string }>('GET', path);
    assert.equal(body.state, 'finished');
    assert.deepEqual(brief(body.findings), EXPECTED);
    assert.equal((await app.operate('GET', '/quality-checker/runs/nonsense')).status, 404);
  });

  it('runs by the clock on Monday mornings', () => {
    const running = app.app.modules.find(({ definition }) => definition.name === 'directory');
    const schedule = running?.module.schedules?.find(({ task }) => task.name === 'directory.check_quality');
    assert.equal(schedule?.cron, '30 4 * * 1');
    assert.equal(schedule?.timeZone ?? 'UTC', 'UTC');
  });

  it('changes nothing in the directory', async () => {
    const content = await app.dosContent();
    await app.command('quality-check');
    assert.equal(await app.dosContent(), content);
  });

  it('reports its own fault and fails', async () => {
    await app.dos('alter table servicesgsds rename to servicesgsds_away');
    try {
      await assert.rejects(app.command('quality-check'), /servicesgsds/);
    } finally {
      await app.dos('alter table servicesgsds_away rename to servicesgsds');
    }
    const last = JSON.parse(app.output().trim().split('\n').at(-1) ?? '');
    assert.equal(last.level, 'ERROR');
    assert.equal(last.message, 'Quality checker Errored');
    assert.equal(last.environment, 'green');
    assert.equal(last.cloudwatch_metric_filter_matching_attribute, 'QualityCheckerErrored');
    const [run] = await app.sql<{ state: string }>(
      'select state from directory.quality_runs order by id desc limit 1',
    );
    assert.equal(run?.state, 'failed');
  });
});

describe('the quality checker with exemptions', () => {
  it('lets distance-selling pharmacies carry the palliative care Z code when told to', async () => {
    await using app = await createDirectoryApp({
      environment: { ODSCODE_STARTING_CHARACTER: 'q', DIRECTORY_PALLIATIVE_EXEMPT_TYPES: '134' },
    });
    await app.dos(
      "insert into services (id, uid, name, odscode, typeid, statusid) values (1000000, 'a', 'A', 'QA001', 134, 1)",
    );
    await app.dos(
      "insert into services (id, uid, name, odscode, typeid, statusid) values (1000001, 'b', 'B', 'QA002', 132, 1)",
    );
    await app.dos(
      'insert into servicesgsds (serviceid, sgid, sdid) values (1000000, 360, 14167), (1000001, 360, 14167)',
    );
    const { findings } = await app.command<Result>('quality-check');
    assert.deepEqual(
      findings.map(({ dos_service_uid: uid }) => uid),
      ['b'],
    );
  });
});
