import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createTestApp, TEST_API_KEY } from '../../../../test/harness/app.ts';
import { createRateLimiter } from './rate-limit.ts';

it('answers 429 beyond the burst of a key, and two processes share one limit', async () => {
  await using test = await createTestApp({
    environment: {
      SIGNALBOX_MODULES: 'directory',
      DIRECTORY_REQUESTS_PER_SECOND: '1',
      DIRECTORY_REQUEST_BURST: '20',
    },
  });
  // Another web process draws on the same bucket.
  const other = createRateLimiter(test.database.db.kysely, { perSecond: 1, burst: 20 });
  const ten = await Promise.all(Array.from({ length: 10 }, () => other.admit('nhs-uk')));
  assert.deepEqual(new Set(ten), new Set([true]));
  const responses = await Promise.all(
    Array.from({ length: 40 }, (_, number) =>
      test.module('directory').inject({
        method: 'POST',
        url: '/v1/change-event',
        headers: {
          'x-api-key': TEST_API_KEY,
          'sequence-number': String(number),
          'content-type': 'application/json',
        },
        payload: '{"ODSCode":"FX001"}',
      }),
    ),
  );
  const refused = responses.filter((response) => response.statusCode === 429);
  const accepted = responses.filter((response) => response.statusCode === 200);
  assert.equal(refused.length + accepted.length, 40);
  assert.ok(accepted.length >= 5 && accepted.length <= 15, `${accepted.length} accepted`);
  assert.equal(refused[0]?.body, '{"message":"Too Many Requests"}');
});
