import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { odsCodeAt } from '#reference/pharmacies';
import { performDryRunTask } from '../tasks/definitions.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  OPERATOR_KEY,
  pharmacyRecord,
  phone,
} from '../testing/directory-app.ts';

interface Change {
  field: string;
  action: string;
  previous_value: string;
  new_value: string;
}

interface Item {
  place: number;
  outcome: string;
  ods_code: string;
  service_id: number | null;
  reason: string | null;
  changes: Change[];
  reports: { report_key: string }[];
  applied_as: string | null;
}

interface Run {
  dry_run_id: string;
  state: string;
  events: number;
  services: number;
  changed_services: number;
  outcomes: Record<string, number>;
  fields: Record<string, number>;
  items: Item[];
}

describe('a dry run', () => {
  let app: DirectoryApp;
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-dry-run-'));
  before(async () => {
    app = await createDirectoryApp({ now: new Date('2026-07-01T11:30:00Z') });
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  let files = 0;
  const dryRun = async (...events: object[]): Promise<Run> => {
    files += 1;
    const file = join(folder, `${files}.jsonl`);
    await writeFile(file, events.map((event) => JSON.stringify(event)).join('\n'));
    return app.command<Run>('dry-run', { file });
  };
  const apply = async (id: string, choice: object = {}) => {
    const started = await app.operate('POST', `/dry-runs/${id}/applications`, choice);
    assert.equal(started.status, 202, JSON.stringify(started.body));
    await app.drain();
    const { body } = await app.operate<{ state: string; queued: number; overtaken: number }>(
      'GET',
      `/dry-run-applications/${started.body.application_id}`,
    );
    assert.equal(body.state, 'finished');
    return body;
  };
  const updatesSince = (id: string) =>
    app.sql<Change & { service: number }>(
      `select (properties ->> 'service_id')::int as service, change ->> 'data_field_modified' as field,
         change ->> 'action' as action, change ->> 'previous_value' as previous_value, change ->> 'new_value' as new_value
       from platform.events, json_array_elements("each") change
       where name = 'service.updated' and correlation_id = any($1) order by id`,
      [[id].flat()],
    );

  it('foretells exactly what applying writes, and changes nothing itself', async () => {
    const codes = [1, 2, 3, 4, 5].map(odsCodeAt);
    const before = await app.dosContent();
    const run = await dryRun(...codes.map((code, index) => pharmacyRecord(code, {}, index + 1)));
    assert.equal(await app.dosContent(), before);
    assert.deepEqual([run.state, run.events], ['finished', 5]);
    assert.ok(run.changed_services >= 5);
    await apply(run.dry_run_id);
    const { body } = await app.operate<{ items: Item[] }>(
      'GET',
      `/dry-runs/${run.dry_run_id}/items?outcome=changed`,
    );
    const foretold = body.items.flatMap(({ service_id: service, changes }) =>
      changes
        .filter(({ field }) => !['latitude', 'longitude', 'pending_change'].includes(field))
        .map((change) => ({ service, ...change })),
    );
    const written = await Promise.all(
      [...new Set(body.items.map(({ applied_as: id }) => id ?? ''))].map((id) => updatesSince(id)),
    );
    const order = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    const shape = ({
      service,
      field,
      action,
      previous_value,
      new_value,
    }: Change & { service: number | null }) => ({
      service,
      field,
      action,
      previous_value,
      new_value,
    });
    assert.deepEqual(written.flat().map(shape).sort(order), foretold.map(shape).sort(order));
    assert.ok(foretold.length > 10);

    const again = await dryRun(...codes.map((code, index) => pharmacyRecord(code, {}, index + 1)));
    assert.equal(again.changed_services, 0, 'nothing is left to change');
    assert.equal(again.outcomes.unchanged, run.services);
  });

  it('says of every event what would become of it', async () => {
    const [stale, twice, hidden, poison] = [6, 7, 8, 9].map(odsCodeAt) as [string, string, string, string];
    await app.send(pharmacyRecord(stale), { sequence: 900 });
    await app.drain();
    const file = join(folder, 'mixed.json');
    await writeFile(
      file,
      `[${[
        { sequence_number: 899, event: pharmacyRecord(stale, { Contacts: phone('1') }) },
        { sequence_number: 5, event: pharmacyRecord(twice, { Contacts: phone('2') }) },
        { sequence_number: 6, event: pharmacyRecord(twice, { Contacts: phone('3') }) },
        { sequence_number: 4, event: pharmacyRecord(twice, { Contacts: phone('4') }) },
        pharmacyRecord(hidden, { OrganisationStatus: 'Hidden' }),
        pharmacyRecord('Y9999'),
        { ...pharmacyRecord('FA000'), OrganisationTypeId: 'DEN' },
        { ODSCode: 'F\u0000A00', OrganisationTypeId: 'PHA', OrganisationSubType: 'Community' },
        pharmacyRecord(poison, { Contacts: phone('0'.repeat(300)) }),
        pharmacyRecord(odsCodeAt(10), { OpeningTimes: [{ OpeningTimeType: 'General' }] }),
      ]
        .map((event) => JSON.stringify(event))
        .join(',')},\nnonsense\n]`,
    );
    const run = await app.command<Run>('dry-run', { file });
    const outcomes = (code: string) => run.items.filter((item) => item.ods_code === code);
    assert.deepEqual(new Set(outcomes(stale).map(({ outcome }) => outcome)), new Set(['stale']));
    assert.deepEqual(
      run.items.filter(({ outcome }) => outcome === 'superseded').map(({ ods_code: code }) => code),
      [twice, twice],
    );
    assert.ok(
      outcomes(twice).some(({ changes }) => changes.some(({ new_value: value }) => value === '"3"')),
      'the newest number wins',
    );
    assert.deepEqual(outcomes(hidden)[0]?.reports[0]?.report_key, 'HIDDEN_OR_CLOSED');
    assert.deepEqual(
      [outcomes('Y9999')[0]?.outcome, outcomes('Y9999')[0]?.reports[0]?.report_key],
      ['not_applied', 'UNMATCHED_PHARMACY'],
    );
    assert.deepEqual(
      [outcomes('FA000')[0]?.outcome, outcomes('FA000')[0]?.reason],
      ['invalid', "Unexpected Org Type ID: 'DEN'"],
    );
    assert.ok(
      outcomes(poison).every(
        ({ outcome, reason }) => outcome === 'failing' && /publicphone/.test(reason ?? ''),
      ),
    );
    assert.deepEqual(
      outcomes(odsCodeAt(10))[0]?.reports.map(({ report_key: key }) => key),
      ['INVALID_OPEN_TIMES'],
    );
    const unreadable = run.items.filter(({ outcome }) => outcome === 'unreadable');
    assert.deepEqual(
      unreadable.map(({ reason }) => reason),
      ['it is not JSON'],
    );
  });

  it('foretells the rejection of proposed edits', async () => {
    const code = odsCodeAt(11);
    const [service] = await app.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [code],
    );
    const [user] = await app.dos<{ username: string }>('select username from users limit 1');
    await app.dos(
      `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
       values ('edit-1', 'PENDING', 'modify', 'x', 'x', '{"new":{"cmsurl":{"data":"a"}}}', $1, $2)`,
      [user?.username, service?.id],
    );
    const run = await dryRun(pharmacyRecord(code, { OpeningTimes: undefined }));
    const item = run.items.find(({ service_id: id }) => id === service?.id);
    assert.deepEqual(
      item?.changes.filter(({ field }) => field === 'pending_change'),
      [
        {
          field: 'pending_change',
          action: 'reject',
          previous_value: '"edit-1 PENDING"',
          new_value: '"edit-1 REJECTED"',
        },
      ],
    );
    const [edit] = await app.dos<{ approvestatus: string }>(
      "select approvestatus from changes where id = 'edit-1'",
    );
    assert.equal(edit?.approvestatus, 'PENDING');
  });

  describe('of which a part is applied', () => {
    const columns = async (code: string) => {
      const [row] = await app.dos<{ id: number; publicphone: string; address: string; web: string }>(
        'select id, publicphone, address, web from services where odscode = $1 and typeid = 13',
        [code],
      );
      assert.ok(row);
      return row;
    };
    const changed = (code: string) =>
      pharmacyRecord(code, { Contacts: phone('01632960444'), Address1: 'New Street 1' });

    it('writes the chosen ODS codes only', async () => {
      const [chosen, other] = [odsCodeAt(12), odsCodeAt(13)];
      const run = await dryRun(changed(chosen), changed(other));
      const { queued } = await apply(run.dry_run_id, { ods_codes: [chosen] });
      assert.ok(queued > 0);
      assert.equal((await columns(chosen)).publicphone, '01632960444');
      assert.notEqual((await columns(other)).publicphone, '01632960444');
      await apply(run.dry_run_id);
      assert.equal((await columns(other)).publicphone, '01632960444', 'the rest can be applied later');
    });

    it('writes the chosen services only', async () => {
      // A pharmacy none of the other tests writes to, with several services.
      const free = [14, 24, 25, 26, 27, 28, 29].map(odsCodeAt);
      const [several] = await app.dos<{ code: string }>(
        `select left(odscode, 5) as code from services where left(odscode, 5) = any($1) and statusid = 1
         group by 1 having count(*) > 1`,
        [free],
      );
      const code = several?.code ?? '';
      const { id } = await columns(code);
      const run = await dryRun(changed(code));
      const others = run.items.filter(
        ({ service_id: service, outcome }) => outcome === 'changed' && service !== id,
      );
      assert.ok(others.length > 0);
      await apply(run.dry_run_id, { service_ids: [id] });
      assert.equal((await columns(code)).publicphone, '01632960444');
      const [other] = await app.dos<{ publicphone: string }>(
        'select publicphone from services where id = $1',
        [others[0]?.service_id],
      );
      assert.notEqual(other?.publicphone, '01632960444');
    });

    it('writes the chosen fields only', async () => {
      const code = odsCodeAt(15);
      const before = await columns(code);
      const run = await dryRun(changed(code));
      await apply(run.dry_run_id, { ods_codes: [code], fields: ['cmstelephoneno'] });
      const now = await columns(code);
      assert.equal(now.publicphone, '01632960444');
      assert.deepEqual([now.address, now.web], [before.address, before.web]);
    });

    it('leaves out what a newer event has overtaken', async () => {
      const [numbered, snapshot] = [odsCodeAt(16), odsCodeAt(17)];
      const run = await dryRun({ sequence_number: 40, event: changed(numbered) }, changed(snapshot));
      await app.send(pharmacyRecord(numbered, { Contacts: phone('01632960555') }), { sequence: 41 });
      await app.send(pharmacyRecord(snapshot, { Contacts: phone('01632960555') }), { sequence: 1 });
      await app.drain();
      const { queued, overtaken } = await apply(run.dry_run_id);
      assert.equal(queued, 0);
      assert.ok(overtaken >= 2);
      assert.equal((await columns(numbered)).publicphone, '01632960555');
      assert.equal((await columns(snapshot)).publicphone, '01632960555');
    });

    it('does not hold up the events that follow a snapshot without numbers', async () => {
      const code = odsCodeAt(18);
      await app.send(pharmacyRecord(code), { sequence: 700 });
      await app.drain();
      await apply((await dryRun(changed(code))).dry_run_id);
      assert.equal((await columns(code)).publicphone, '01632960444');
      await app.send(pharmacyRecord(code, { Contacts: phone('01632960666') }), { sequence: 700 });
      await app.drain();
      assert.equal((await columns(code)).publicphone, '01632960666');
    });

    it('is applied once when it is applied twice', async () => {
      const code = odsCodeAt(19);
      const run = await dryRun(changed(code));
      await apply(run.dry_run_id);
      const history = () =>
        app.dos(
          'select history from servicehistories h join services s on s.id = h.serviceid where odscode = $1',
          [code],
        );
      const before = await history();
      await apply(run.dry_run_id);
      assert.deepEqual(await history(), before);
    });
  });

  it('compares the newest stored events with the directory', async () => {
    const code = odsCodeAt(20);
    await app.send(pharmacyRecord(code, { Contacts: phone('01632960100') }), { sequence: 10 });
    await app.send(pharmacyRecord(code, { Contacts: phone('01632960101') }), { sequence: 11 });
    await app.drain();
    await app.dos("update services set publicphone = 'drifted' where odscode = $1 and typeid = 13", [code]);
    const run = await app.command<Run>('dry-run', { stored: true });
    const drifted = run.items.filter(({ ods_code: item }) => item === code);
    assert.deepEqual(
      drifted.flatMap(({ changes }) => changes),
      [
        {
          field: 'cmstelephoneno',
          action: 'modify',
          previous_value: '"drifted"',
          new_value: '"01632960101"',
        },
      ],
    );
    await apply(run.dry_run_id, { ods_codes: [code] });
    const [row] = await app.dos<{ publicphone: string }>(
      'select publicphone from services where odscode = $1 and typeid = 13',
      [code],
    );
    assert.equal(row?.publicphone, '01632960101');
  });

  it('takes a stream over HTTP, keeps no staff data and is done by the worker', async () => {
    const record = {
      ...pharmacyRecord(odsCodeAt(21), { Contacts: phone('01632960211') }),
      Staff: [{ Name: 'Secret Person' }],
    };
    const response = await app.console.inject({
      method: 'POST',
      url: '/directory/v1/internal/dry-runs?title=From%20a%00program',
      headers: { 'x-api-key': OPERATOR_KEY, 'content-type': 'application/x-ndjson' },
      payload: `${JSON.stringify(record)}\n`,
    });
    assert.equal(response.statusCode, 202, response.body);
    const { dry_run_id: id, state } = response.json<Run>();
    assert.equal(state, 'waiting');
    await app.drain();
    const { body } = await app.operate<Run>('GET', `/dry-runs/${id}`);
    assert.deepEqual([body.state, body.events], ['finished', 1]);
    assert.ok((body.fields.cmstelephoneno ?? 0) > 0);
    const found = async () =>
      (await app.operate<{ items: Item[] }>('GET', `/dry-runs/${id}/items`)).body.items.length;
    const before = await found();
    assert.ok(before > 0);
    // As after a worker that was killed between the end of the run and that of its job.
    const { jobs } = app.app.stores[0];
    await jobs.enqueue(null, performDryRunTask, [{ payload: { dryRunId: id }, key: id }]);
    await app.drain();
    assert.equal(await found(), before, 'a run that has ended keeps what it found');
    const key = `directory/dry-runs/${id}/events.jsonl`;
    const blob = await app.app.blobs.get(key);
    assert.ok(blob);
    assert.equal((await blob.stream.toArray()).join('').includes('Secret Person'), false);
  });

  for (const [name, request] of Object.entries({
    'an empty body': { url: '/dry-runs', payload: '' },
    'a body without objects': { url: '/dry-runs', payload: ' [ ] ' },
  })) {
    it(`refuses ${name}`, async () => {
      const response = await app.console.inject({
        method: 'POST',
        url: `/directory/v1/internal${request.url}`,
        headers: { 'x-api-key': OPERATOR_KEY, 'content-type': 'application/json' },
        payload: request.payload,
      });
      assert.equal(response.statusCode, 400, response.body);
    });
  }

  it('answers 404 for what does not exist and 409 for applying what is not finished', async () => {
    const missing = '0196a3c1-77f2-7d40-9a51-3f0f1c6e2b90';
    for (const path of [
      `/dry-runs/${missing}`,
      '/dry-runs/x',
      `/dry-runs/${missing}/items`,
      `/dry-run-applications/x`,
    ])
      assert.equal((await app.operate('GET', path)).status, 404, path);
    assert.equal((await app.operate('POST', `/dry-runs/${missing}/applications`, {})).status, 404);
    const { body } = await app.operate('POST', '/dry-runs/stored', {});
    assert.equal((await app.operate('POST', `/dry-runs/${body.dry_run_id}/applications`, {})).status, 409);
    assert.equal(
      (await app.operate('POST', `/dry-runs/${body.dry_run_id}/applications`, { fields: 'x' })).status,
      400,
    );
    await app.drain();
    for (const choice of [{ ods_codes: ['F\u0000'] }, { fields: ['\ud800'] }, { service_ids: [3e9] }]) {
      const { status } = await app.operate('POST', `/dry-runs/${body.dry_run_id}/applications`, choice);
      assert.equal(status, 400, JSON.stringify(choice));
    }
    assert.equal((await app.operate('GET', `/dry-runs/${body.dry_run_id}/items?ods_code=%00`)).status, 400);
  });

  it('goes page by page through what it found, and into a file', async () => {
    const run = await dryRun(pharmacyRecord(odsCodeAt(22), {}, 3), pharmacyRecord(odsCodeAt(23), {}, 3));
    const seen: number[] = [];
    for (let after = 0; ; ) {
      const { body } = await app.operate<{ items: Item[]; next?: number }>(
        'GET',
        `/dry-runs/${run.dry_run_id}/items?limit=1&after=${after}`,
      );
      seen.push(...body.items.map(({ place }) => place));
      if (body.next === undefined) break;
      after = body.next;
    }
    assert.deepEqual(
      seen,
      run.items.map(({ place }) => place),
    );
    const [source, output] = [join(folder, 'in.jsonl'), join(folder, 'out.jsonl')];
    await writeFile(source, JSON.stringify(pharmacyRecord(odsCodeAt(22), {}, 3)));
    await app.command('dry-run', { file: source, output });
    const lines = (await readFile(output, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Item);
    assert.ok(lines.every(({ ods_code: code }) => code === odsCodeAt(22)));
    await assert.rejects(app.command('dry-run', { file: join(folder, 'missing') }), /cannot be read/);
    await assert.rejects(app.command('dry-run', {}), /--file or --stored/);
    for (const values of [{ file: folder }, { file: source, output: folder }]) {
      await assert.rejects(app.command('dry-run', values), { name: 'CommandRefusal', exitCode: 2 });
    }
    const services = '99999999999';
    await assert.rejects(app.command('apply-dry-run', { id: folder, services }), { exitCode: 2 });
  });
});
