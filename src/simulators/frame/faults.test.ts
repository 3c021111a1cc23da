import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultList } from './faults.ts';

function strikes(match: { method?: string; path?: string }, method: string, path: string): boolean {
  const list = new FaultList();
  list.replace([{ match, kind: 'reset' }]);
  return list.take(method, path) !== undefined;
}

describe('fault list', () => {
  it('matches a path exactly, or with wildcards for any characters', () => {
    for (const [pattern, path, expected] of [
      ['/a', '/a', true],
      ['/a', '/a/b', false],
      ['*', '/', true],
      ['/a/*', '/a/b/c', true],
      ['/a/*', '/a', false],
      ['*/c', '/a/b/c', true],
      ['/a/*/c', '/a/b/c', true],
      ['/a/*/c', '/a/c', false],
      ['/*a*a', '/a', false],
      ['/*a*a', '/aa', true],
      ['/*b*d*', '/abcde', true],
      ['/*d*b*', '/abcde', false],
      ['/a.c', '/abc', false],
    ] as const) {
      assert.equal(strikes({ path: pattern }, 'GET', path), expected, `${pattern} on ${path}`);
    }
  });

  it('matches a method whatever its case, and every method without one', () => {
    assert.ok(strikes({ method: 'post' }, 'POST', '/'));
    assert.ok(strikes({ method: '*' }, 'POST', '/'));
    assert.ok(strikes({}, 'POST', '/'));
    assert.ok(!strikes({ method: 'GET' }, 'POST', '/'));
  });

  it('strikes at its rate and goes on to the next fault when it does not', () => {
    const dice = [0.1, 0.9, 0.29, 0.3];
    const list = new FaultList(() => dice.shift() ?? 1);
    list.replace([
      { kind: 'reset', rate: 0.3 },
      { kind: 'gone', count: 1 },
    ]);
    const taken = [1, 2, 3, 4].map(() => list.take('GET', '/')?.kind);
    assert.deepEqual(taken, ['reset', 'gone', 'reset', undefined]);
  });
});
