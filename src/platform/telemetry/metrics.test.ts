import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, mergedMetricsText } from './metrics.ts';

test('values of several processes are summed, or the largest stands where that is asked for', async () => {
  const processes = [createMetrics(), createMetrics()];
  for (const [place, metrics] of processes.entries()) {
    metrics.gauge('busy', 'Busy').set(place + 1);
    metrics.gauge('weight', 'Weight', ['of'], { aggregator: 'max' }).set({ of: 'a' }, place + 1);
  }
  const text = await mergedMetricsText(await Promise.all(processes.map((metrics) => metrics.snapshot())));
  assert.match(text, /^busy 3$/m);
  assert.match(text, /^weight\{of="a"\} 2$/m);
});
