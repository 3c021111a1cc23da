import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describePosition, findJsonError } from './json-error-position.ts';

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"\\n"',
  '"\\u00e9"',
  '\\',
  'u',
  'true',
  'fals',
  'null',
  '0',
  '-',
  '1.5',
  '1e9',
  '.',
  ' ',
  '\n',
  '\t',
  '\u0001',
  'é',
  '😀',
  'NaN',
  '/',
];

test('a fault is found exactly where there is one, whatever the text', () => {
  let state = 7;
  const pick = (count: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % count;
  };
  let valid = 0;
  for (let round = 0; round < 50_000; round += 1) {
    const text = Array.from({ length: 1 + pick(8) }, () => PIECES[pick(PIECES.length)]).join('');
    const at = findJsonError(text);
    const isJson = parses(text);
    assert.equal(at === undefined, isJson, JSON.stringify(text));
    if (at === undefined) valid += 1;
    else assert.ok(at >= 0 && at <= text.length, JSON.stringify(text));
  }
  assert.ok(valid > 500, `${valid} of the texts were JSON`);
});

test('what stands before a fault could have become JSON', () => {
  for (const [text, at] of [
    ['{"a": [1, {"b": }]}', 16],
    ['[[[[', 4],
    ['{"a"', 4],
    ['[{}, {"a": 1} 2]', 14],
  ] as const) {
    assert.equal(findJsonError(text), at, text);
  }
});

test('places are counted in code points', () => {
  assert.deepEqual(describePosition('😀\n😀x', 6), { line: 2, column: 3, char: 4 });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
