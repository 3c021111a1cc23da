import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domains } from '../domains/index.ts';
import type { MigrationConfig } from '../settings.ts';
import { migrationSettings } from '../settings.ts';
import { moveTask, syncTask } from './definitions.ts';

const visits = domains.find(({ type }) => type === 'VISITS');
/** Only what the two tasks read. */
const settings = { maxReceives: 3, backoffSeconds: ['1'], eventMaxReceives: 3, eventBackoffSeconds: ['1'] };
const config = (own: Record<string, unknown>) =>
  ({ ...settings, batchSize: 100, batches: 4, ...own }) as unknown as MigrationConfig;
const shareOf = ({ batchSize, concurrency }: { batchSize: number; concurrency: number }) => [
  batchSize,
  concurrency,
];

test('a queue has as many consumers as are set for it, in batches no larger than of others', () => {
  assert.ok(visits);
  assert.deepEqual(shareOf(moveTask(visits, config({}))), [100, 4]);
  assert.deepEqual(shareOf(moveTask(visits, config({ 'consumers:migrationvisits': 8 }))), [8, 1]);
  assert.deepEqual(shareOf(moveTask(visits, config({ 'consumers:migrationvisits': 250 }))), [100, 2]);
  assert.deepEqual(shareOf(syncTask(visits, config({ 'consumers:eventvisits': 1 }))), [1, 1]);
});

test('the back-off of a type of event is a list of seconds for a type that there is', () => {
  const { parse, name } = (
    migrationSettings as Record<string, { name: string; parse(text: string): unknown }>
  )['eventBackoff:eventvisits'] as { name: string; parse(text: string): unknown };
  assert.equal(name, 'HMPPS_SQS_QUEUES_EVENTVISITS_EVENT_ERROR_VISIBILITY_TIMEOUT');
  assert.deepEqual(parse('{"VISIT_CANCELLED": [0, 900]}'), { VISIT_CANCELLED: [0, 900] });
  for (const bad of [
    '[]',
    '{"VISIT_MADE": [1]}',
    '{"VISIT_CANCELLED": []}',
    '{"VISIT_CANCELLED": [901]}',
    'x',
  ]) {
    assert.throws(() => parse(bad), bad);
  }
});

test('failed messages wait as in the original, unless the queue or its kind is set otherwise', () => {
  const staff = domains.find(({ type }) => type === 'STAFF');
  assert.ok(visits && staff);
  const delays = (task: { retries: { delaysSeconds: readonly number[] } }) => task.retries.delaysSeconds;
  const unset = config({ backoffSeconds: undefined, eventBackoffSeconds: undefined });
  assert.deepEqual(delays(moveTask(visits, unset)), [1, 1, 1, 1]);
  assert.deepEqual(delays(moveTask(staff, unset)), [1, 1, 1, 10]);
  assert.deepEqual(delays(syncTask(visits, unset)), [1, 10, 60, 600]);
  const set = config({ backoffSeconds: ['3'], 'backoff:migrationstaff': ['5', '6'] });
  assert.deepEqual(delays(moveTask(visits, set)), [3]);
  assert.deepEqual(delays(moveTask(staff, set)), [5, 6]);
});
