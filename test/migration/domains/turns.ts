import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DomainSetting } from '../domain-setting.ts';

/** What the types share, and how they share it. */
export function turns(setting: DomainSetting): void {
  describe('types side by side', () => {
    test('the pages of a small run do not wait until those of a large one are through', async () => {
      assert.equal((await setting.call('POST', '/migrate/casenotes', {})).status, 202);
      assert.equal((await setting.call('POST', '/migrate/visit-balance', {})).status, 202);
      await setting.drain();
      const calls = (await setting.simulator<{ path: string }[]>('/nomis/calls')).body.map(
        ({ path }) => path,
      );
      const pages = calls.filter((path) => /\/ids\?.*size=(4|1000)/.test(path));
      const small = pages.findIndex((path) => path.startsWith('/visit-balances/ids'));
      assert.equal(pages.length, 9, 'eight pages of four notes and one of balances');
      assert.ok(small < 4, `the small run came ${small + 1}th`);
    });

    test('a role of one domain opens none of another', async () => {
      const { body: started } = await setting.call<{ migrationId: string }>('POST', '/migrate/staff', {});
      const statusAs = async (method: 'GET' | 'POST' | 'DELETE', url: string) =>
        (await setting.callAs(['ROLE_MIGRATE_ALERTS'], method, url)).status;
      assert.equal(await statusAs('GET', '/migrate/history/all/ALERTS'), 200);
      for (const [method, url] of [
        ['GET', '/migrate/history/all/STAFF'],
        ['GET', '/migrate/history/active/STAFF'],
        ['GET', `/migrate/history/${started.migrationId}`],
        ['GET', '/migrate/staff/history'],
        ['POST', `/migrate/cancel/${started.migrationId}`],
        ['POST', `/migrate/staff/${started.migrationId}/cancel`],
        ['POST', `/migrate/refresh/${started.migrationId}`],
        ['DELETE', '/migrate/dead-letter-queue/STAFF'],
        ['DELETE', '/history'],
      ] as const) {
        assert.equal(await statusAs(method, url), 403, `${method} ${url}`);
      }
      const typesFor = async (role: string) =>
        new Set(
          (await setting.callAs([role], 'GET', '/history')).body.map(({ migrationType }) => migrationType),
        );
      assert.ok(!(await typesFor('ROLE_MIGRATE_ALERTS')).has('STAFF'));
      assert.deepEqual([...(await typesFor('ROLE_MIGRATE_STAFF'))], ['STAFF']);
      await setting.drain();
      assert.equal(
        (await setting.call<{ status: string }>('GET', `/migrate/history/${started.migrationId}`)).body
          .status,
        'COMPLETED',
      );
    });
  });
}
