import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDynamoItem, readRows, splitRecord, UnknownFileError } from './index.ts';

test('an item of an export is read in typed JSON and in plain', () => {
  const typed = {
    PK: { S: 'USER#1' },
    count: { N: '2' },
    isOpen: { BOOL: false },
    none: { NULL: true },
    keys: { L: [{ M: { type: { S: 'a' } } }] },
  };
  const plain = { PK: 'USER#1', count: 2, isOpen: false, none: null, keys: [{ type: 'a' }] };
  assert.deepEqual(readDynamoItem({ Item: typed }), plain);
  assert.deepEqual(readDynamoItem(typed), plain);
  assert.deepEqual(readDynamoItem(plain), plain);
  assert.equal(readDynamoItem(undefined), undefined);
});

test('quotes are read as RFC 4180 has them', () => {
  assert.deepEqual(splitRecord('a,"b ""c"", d",'), ['a', 'b "c", d', '']);
  assert.equal(splitRecord('a,"b'), 'open');
  assert.equal(splitRecord('"a"b,c'), undefined);
  assert.throws(() => readRows('parties.txt'), UnknownFileError);
});
