import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallRing, MAX_CALLS } from './call-ring.ts';

const call = (path: string, body = '') => ({
  time: new Date().toISOString(),
  method: 'POST',
  path,
  headers: {},
  body,
  status: 200,
});

describe('call ring', () => {
  it('keeps the latest ten thousand in order and counts all', () => {
    const ring = new CallRing();
    for (let number = 0; number < MAX_CALLS * 2 + 5; number += 1) ring.add(call(`/${number}`));
    const kept = [...ring.since(0)];
    assert.deepEqual([kept.length, ring.size, ring.seen], [MAX_CALLS, MAX_CALLS, MAX_CALLS * 2 + 5]);
    assert.deepEqual([kept[0]?.path, kept.at(-1)?.path], [`/${MAX_CALLS + 5}`, `/${MAX_CALLS * 2 + 4}`]);
  });

  it('drops older calls when bodies take too much memory, yet keeps the last', () => {
    const ring = new CallRing();
    const body = 'x'.repeat(30 * 1024 * 1024);
    for (const path of ['/1', '/2', '/3']) ring.add(call(path, body));
    assert.deepEqual(
      [...ring.since(0)].map((one) => one.path),
      ['/2', '/3'],
    );
    ring.clear();
    assert.deepEqual([ring.size, ring.seen], [0, 0]);
  });
});
