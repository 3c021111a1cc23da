import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandRefusal } from '#platform/module';
import { odsCodeAt } from '#reference/pharmacies';
import { createTestApp, type TestApp } from '../../../../test/harness/app.ts';
import { createDirectoryApp, type DirectoryApp, pharmacyRecord, phone } from '../testing/directory-app.ts';

interface State {
  connected_blue_green_environment: string;
  previous_blue_green_environment: string;
  releases: { blue_green_environment: string; state: string; version: string; workers: number }[];
}

describe('releases side by side', () => {
  let app: DirectoryApp;
  /** Each stands for a worker process of its release. */
  let workers: TestApp[] = [];
  let sequence = 1_000;

  before(async () => {
    app = await createDirectoryApp({ environment: { ENVIRONMENT: 'blue', SHARED_ENVIRONMENT: 'test' } });
  });
  after(() => app[Symbol.asyncDispose]());
  beforeEach(async () => {
    await app.sql('delete from directory.release_link');
    await app.sql('delete from directory.releases');
    await app.sql('delete from directory.release_workers');
  });
  afterEach(async () => {
    for (const worker of workers) await worker[Symbol.asyncDispose]();
    workers = [];
  });

  const startWorker = async (release: string): Promise<void> => {
    const environment = {
      SIGNALBOX_MODULES: 'directory',
      ENVIRONMENT: release,
      SHARED_ENVIRONMENT: 'test',
      IMAGE_VERSION: `${release}-1.0`,
    };
    const worker = await createTestApp({ environment, databaseUrl: app.database.url });
    workers.push(worker);
    const [store] = worker.app.stores;
    await store.jobs.start(worker.app.modules.flatMap(({ module }) => module.tasks));
    await eventually(async () => (await workersOf(release)) > 0);
  };
  const workersOf = async (release: string) => {
    const [row] = await app.sql<{ count: number }>(
      'select count(*)::int as count from directory.release_workers where release = $1',
      [release],
    );
    return row?.count ?? 0;
  };
  const eventually = async (condition: () => Promise<boolean>) => {
    for (const deadline = Date.now() + 15_000; !(await condition()); await sleep(20)) {
      assert.ok(Date.now() < deadline, 'what was waited for did not come');
    }
  };
  const command = (name: string, values: Record<string, string | boolean> = {}) =>
    app.command<State>(name, values);
  const deploy = (name: string) =>
    command('deploy-blue-green-environment', {
      'blue-green-environment': name,
      'shared-environment': 'test',
      version: `${name}-1.0`,
    });
  const link = (name: string, more = {}) =>
    command('link-blue-green-environment', { 'blue-green-environment': name, ...more });
  const unlink = () => command('unlink-blue-green-environment');
  const refuses = (work: Promise<unknown>, message: RegExp) =>
    assert.rejects(work, (error) => error instanceof CommandRefusal && message.test(error.message));
  const send = async (code: string, number: string) => {
    sequence += 1;
    const correlationId = `release-${sequence}`;
    await app.send(pharmacyRecord(code, { Contacts: phone(number) }), { sequence, correlationId });
    return correlationId;
  };
  /** The release that took the event; null while it waits. */
  const takenBy = async (correlationId: string) => {
    const received = (await app.journey(correlationId)).find(({ name }) => name === 'change_event.received');
    return received ? received.properties.environment : null;
  };
  const isDone = async (correlationId: string) =>
    (await app.journey(correlationId)).some(({ name }) => name === 'update_request.succeeded');

  it('are not in use until the first is deployed: every worker works', async () => {
    await startWorker('anything');
    const id = await send(odsCodeAt(1), '01632960001');
    await eventually(() => isDone(id));
    assert.equal(await takenBy(id), 'anything');
  });

  it('switch from one to the other: events wait while none is linked, and a new one does nothing before its link', async () => {
    await startWorker('blue');
    const first = await deploy('green');
    assert.equal(
      first.connected_blue_green_environment,
      'blue',
      'whose workers ran already is the linked one',
    );
    await startWorker('green');
    const before = await send(odsCodeAt(2), '01632960002');
    await eventually(() => isDone(before));
    assert.equal(await takenBy(before), 'blue');

    await unlink();
    const waiting = await send(odsCodeAt(2), '01632960003');
    // Both have looked since: a worker asks at least twice a second.
    await sleep(1_200);
    assert.equal(await takenBy(waiting), null);

    const linked = await link('green');
    assert.deepEqual(
      [linked.connected_blue_green_environment, linked.previous_blue_green_environment],
      ['green', 'blue'],
    );
    await eventually(() => isDone(waiting));
    assert.equal(await takenBy(waiting), 'green');

    const back = await command('rollback-blue-green-environment');
    assert.deepEqual(
      [back.connected_blue_green_environment, back.previous_blue_green_environment],
      ['blue', 'green'],
    );
    const after = await send(odsCodeAt(2), '01632960004');
    await eventually(() => isDone(after));
    assert.equal(await takenBy(after), 'blue');
  });

  it('finish what they took after they are unlinked', async () => {
    await startWorker('blue');
    await deploy('green');
    const { jobs } = app.app.stores[0];
    const actor = { kind: 'cli', id: 'test', name: 'test' } as const;
    await jobs.pause('directory.sync_service', actor);
    await sleep(1_200);
    const id = await send(odsCodeAt(3), '01632960005');
    await eventually(async () => (await takenBy(id)) !== null);
    await unlink();
    await jobs.resume('directory.sync_service', actor);
    await eventually(() => isDone(id));
  });

  it('take no event once an unlink is committed, even in a run that began before it', async () => {
    await startWorker('blue');
    await deploy('green');
    const { pool } = app.database.db;
    const client = await pool.connect();
    try {
      // The run claims its jobs and then waits for this row, as if it were slow.
      await client.query('begin');
      await client.query('update directory.release_link set linked = null');
      const id = await send(odsCodeAt(4), '01632960006');
      await eventually(async () => {
        const [row] = await app.sql<{ waits: boolean }>(
          "select exists (select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%release_link%') as waits",
        );
        return row?.waits === true;
      });
      await client.query('commit');
      await sleep(700);
      assert.equal(await takenBy(id), null);
      await link('blue');
      await eventually(() => isDone(id));
      const { failures } = await app.app.stores[0].jobs.failures.list({ correlationId: id }, { limit: 1 });
      assert.deepEqual(failures, [], 'no attempt was counted');
    } finally {
      client.release();
    }
  });

  describe('by one command', () => {
    const whole = (name: string, more: Record<string, string | boolean> = {}) =>
      command('build-and-deploy', {
        ...{ 'blue-green-environment': name, 'shared-environment': 'test', version: `${name}-1.0` },
        ...more,
      });
    const states = ({ releases }: State) =>
      releases.map(({ blue_green_environment: name, state }) => `${name} ${state}`);

    it('are deployed, waited for and linked in place of the linked one', async () => {
      await startWorker('blue');
      await refuses(whole('green', { 'wait-seconds': '0' }), /^No worker of green runs/);
      assert.deepEqual(states(await command('releases')), ['blue linked', 'green deployed']);
      const [state] = await Promise.all([whole('green'), startWorker('green')]);
      assert.deepEqual(
        [state.connected_blue_green_environment, state.previous_blue_green_environment],
        ['green', 'blue'],
      );
      const id = await send(odsCodeAt(5), '01632960007');
      await eventually(() => isDone(id));
      assert.equal(await takenBy(id), 'green');
      const again = await whole('green', { version: 'green-1.1' });
      assert.equal(again.previous_blue_green_environment, 'blue');
      await refuses(whole('green', { 'wait-seconds': 'soon' }), /--wait-seconds/);
    });

    it('are undeployed, one or all of them', async () => {
      await whole('blue', { 'without-workers': true });
      await whole('green', { 'without-workers': true });
      await refuses(command('undeploy', { 'blue-green-environment': 'red' }), /^red is not deployed$/);
      const one = await command('undeploy', { 'blue-green-environment': 'green' });
      assert.deepEqual([one.connected_blue_green_environment, ...states(one)], ['NA', 'blue deployed']);
      const none = await command('undeploy');
      assert.deepEqual([none.connected_blue_green_environment, ...states(none)], ['NA']);
      await refuses(command('undeploy'), /^Releases are not in use$/);
      await startWorker('anything');
      const id = await send(odsCodeAt(6), '01632960008');
      await eventually(() => isDone(id));
    });
  });

  describe('refuse', () => {
    beforeEach(async () => {
      await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'blue', '1', now())");
      await deploy('green');
    });

    it('to link what is not deployed, what has no workers, and a second one', async () => {
      await refuses(link('red'), /^red is not deployed$/);
      await refuses(link('green'), /^blue is linked: unlink it first$/);
      await refuses(link('blue'), /^blue is linked already$/);
      await unlink();
      await refuses(link('green'), /^No worker of green runs: start one with ENVIRONMENT=green$/);
      await refuses(link('blue', { 'previous-blue-green-environment': 'red' }), /^red is not deployed$/);
      const state = await link('green', { 'without-workers': true });
      assert.equal(state.connected_blue_green_environment, 'green');
    });

    it('to unlink another than the linked one, or none', async () => {
      await refuses(
        command('unlink-blue-green-environment', { 'blue-green-environment': 'green' }),
        /^green is not linked; blue is$/,
      );
      await unlink();
      await refuses(unlink(), /^No release is linked$/);
    });

    it('to undeploy the linked one, and the shared layer while any is deployed', async () => {
      const undeploy = (name: string) =>
        command('undeploy-blue-green-environment', { 'blue-green-environment': name });
      await refuses(undeploy('blue'), /^blue is linked: unlink it first$/);
      await refuses(command('deploy-shared-resources'), /^blue is linked/);
      await refuses(
        command('undeploy-shared-resources'),
        /is deployed: undeploy every blue\/green environment first$/,
      );
      await unlink();
      await undeploy('blue');
      await refuses(undeploy('blue'), /^blue is not deployed$/);
      await undeploy('green');
      await command('undeploy-shared-resources');
      assert.deepEqual((await command('releases')).connected_blue_green_environment, 'NA');
    });

    it('and tell the status channel what was done and what was not', async () => {
      const told = async () =>
        (
          await app.sql<{ data: { p: { name: string; state: string; description: string } } }>(
            "select data from pgboss.job where name = 'directory.send_slack_message' order by id",
          )
        ).map(({ data: { p } }) => [p.name.replace('uec-dos-int | test | ', ''), p.state, p.description]);
      await app.sql("delete from pgboss.job where name = 'directory.send_slack_message'");
      await refuses(link('green'), /^blue is linked/);
      await unlink();
      await link('green', { 'without-workers': true });
      assert.deepEqual(await told(), [
        ['Deployment failed: green was not linked', 'ALARM', 'blue is linked: unlink it first'],
        ['blue unlinked', 'OK', 'No release is linked: change events wait'],
        ['Deployment of green succeeded', 'OK', 'Change events are taken by green'],
      ]);
    });

    it('to roll back when there is nothing to go back to', async () => {
      await refuses(command('rollback-blue-green-environment'), /^There is no previous release/);
    });

    it('another shared environment, and names that are none', async () => {
      const wrong = { version: '1', 'shared-environment': 'other', 'blue-green-environment': 'red' };
      await refuses(
        command('deploy-blue-green-environment', wrong),
        /shared environment here is test, not other/,
      );
      for (const name of ['unlink-blue-green-environment', 'rollback-blue-green-environment', 'undeploy']) {
        await refuses(command(name, { 'shared-environment': 'other' }), /here is test, not other/);
      }
      assert.equal((await command('releases')).connected_blue_green_environment, 'blue');
      await refuses(deploy('a b'), /BLUE_GREEN_ENVIRONMENT must be/);
      await refuses(link('a\u0000b'), /BLUE_GREEN_ENVIRONMENT must be/);
    });
  });

  it('are linked by one of two commands at a time', async () => {
    await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'blue', '1', now())");
    await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'green', '1', now())");
    await refuses(deploy('red'), /^Workers of several environments run/);
    await app.sql("delete from directory.release_workers where release = 'green'");
    await deploy('green');
    await app.sql("insert into directory.release_workers values (gen_random_uuid(), 'green', '1', now())");
    await unlink();
    const outcomes = await Promise.allSettled([link('green'), link('blue'), link('green'), link('blue')]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    const { connected_blue_green_environment: linked, releases } = await command('releases');
    assert.deepEqual(
      releases.filter(({ state }) => state === 'linked').map(({ blue_green_environment: name }) => name),
      [linked],
    );
  });
});
