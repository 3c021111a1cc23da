// A worker process to be killed: claims the jobs it is told of and never finishes one.
import { openDatabase } from '#platform/db';
import { createLogger, createMetrics } from '#platform/telemetry';
import { createJobs } from './index.ts';
import { stepTask } from './jobs.fixture.ts';

const [url = '', name = '', heartbeatSeconds = '1', isOrdered = ''] = process.argv.slice(2);
const db = openDatabase({ url, maxConnections: 4, applicationName: 'lost worker' });
const jobs = createJobs({
  db,
  log: createLogger({ level: 'silent', name: 'lost' }),
  metrics: createMetrics(),
  audit: async () => undefined,
  heartbeatSeconds: Number(heartbeatSeconds),
});
await jobs.start([
  stepTask({
    name,
    ...(isOrdered === 'ordered' ? { ordered: { onExhausted: 'release' } } : {}),
    async run(batch) {
      process.stdout.write(`${batch.length}\n`);
      await new Promise(() => undefined);
    },
  }),
]);
