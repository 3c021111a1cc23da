import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import pg from 'pg';
import { odsCodeAt } from '#reference/pharmacies';
import { createTemporaryFolder } from '../../../../test/harness/index.ts';
import {
  createDirectoryApp,
  type DirectoryApp,
  onlyPhone,
  pharmacyRecord,
} from '../testing/directory-app.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'main.ts');

function startWorker(test: DirectoryApp, dataDir: string): ChildProcess {
  const environment = {
    DATABASE_URL: test.database.url,
    SIGNALBOX_DATA_DIR: dataDir,
    SIGNALBOX_MODULES: 'directory',
    SIGNALBOX_LOG_LEVEL: 'silent',
    LOG_LEVEL: 'CRITICAL',
    SIGNALBOX_SIMULATORS: 'off',
    DIRECTORY_HEALTH_CHECK_URL: 'none',
  };
  return spawn(process.execPath, [MAIN, 'worker'], { env: environment, stdio: 'ignore' });
}

describe('a worker that is killed between the commit in DoS and its own', { timeout: 120_000 }, () => {
  it('leaves the next one to report all of it once: update, rejection and e-mail', async () => {
    await using folder = await createTemporaryFolder();
    await using test = await createDirectoryApp();
    const code = odsCodeAt(3);
    const [service] = await test.dos<{ id: number }>(
      'select id from services where odscode = $1 and typeid = 13',
      [code],
    );
    const value = JSON.stringify({ new: { cmsurl: { data: 'www.new.example' } } });
    await test.dos(
      `insert into changes (id, approvestatus, type, initiatorname, servicename, value, creatorsname, serviceid)
       values ('kill-1', 'PENDING', 'modify', 'x', 'x', $1, 'dos.editor', $2) returning id`,
      [value, service?.id],
    );
    // Our own transaction waits here, while that of DoS is through.
    const lock = new pg.Client({ connectionString: test.database.url });
    await lock.connect();
    await lock.query('begin');
    await lock.query('lock table directory.email_files in access exclusive mode');
    await test.send(pharmacyRecord(code, onlyPhone('01632960333')), { correlationId: 'killed' });

    const first = startWorker(test, folder.path);
    const inDos = async () => {
      const [row] = await test.dos<{ publicphone: string; approvestatus: string }>(
        `select publicphone, approvestatus from services s join changes c on c.serviceid = s.id
         where s.id = $1 and c.id = 'kill-1'`,
        [service?.id],
      );
      return row?.publicphone === '01632960333' && row.approvestatus === 'REJECTED';
    };
    await test.waitUntil('both are committed in DoS', inDos, 60_000);
    first.kill('SIGKILL');
    await once(first, 'exit');
    await lock.query('rollback');
    await lock.end();
    assert.deepEqual(
      (await test.journey('killed')).filter(({ name }) => /^(service|pending|email)/.test(name)),
      [],
      'nothing was told before',
    );

    const second = startWorker(test, folder.path);
    const isSettled = async () => {
      const events = await test.journey('killed');
      return (
        events.some(({ name }) => name === 'email.withheld') &&
        events.some(
          ({ name, properties }) =>
            name === 'update_request.succeeded' && properties.service_id === service?.id,
        )
      );
    };
    await test.waitUntil('the second worker has told', isSettled, 60_000);
    second.kill('SIGTERM');
    await once(second, 'exit');
    const events = await test.journey('killed');
    const count = (name: string) => events.filter((event) => event.name === name).length;
    assert.equal(count('pending_change.rejected'), 1);
    assert.equal(count('email.stored'), 1);
    const phones = events.filter(
      ({ name, properties }) =>
        name === 'service.updated' &&
        properties.service_id === service?.id &&
        properties.data_field_modified === 'cmstelephoneno',
    );
    assert.equal(phones.length, 1);
    const [row] = await test.dos<{ history: string }>(
      'select history from servicehistories where serviceid = $1',
      [service?.id],
    );
    assert.equal(row?.history.match(/01632960333/g)?.length, 1, 'one history entry');
    const { rows } = await test.database.db.pool.query('select from directory.rejection_intents');
    assert.equal(rows.length, 0);
  });
});
