import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes } from './bytes.ts';

test('sizes are told in the largest unit that fits', () => {
  assert.deepEqual([0, 999, 1_000, 4_240, 38_400_000, 2_500_000_000].map(formatBytes), [
    '0 bytes',
    '999 bytes',
    '1 kB',
    '4.2 kB',
    '38 MB',
    '2.5 GB',
  ]);
});
