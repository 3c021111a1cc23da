import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { eventBody, odsCodesOf } from '../../src/simulators/profile-editor/event-source.ts';
import { runChangeEvents } from '../../src/simulators/profile-editor/sender.ts';

/** What sending a change event costs the sender, against a server that does nothing. */
const server = new Worker(new URL('./trivial-server.ts', import.meta.url));
const [port] = await once(server, 'message');
const odsCodes = odsCodesOf(10_000);
const events = Number(process.argv[2] ?? 100_000);
for (const connections of [1, 16, 64, 256]) {
  const before = process.threadCpuUsage();
  const result = await runChangeEvents({
    target: `http://127.0.0.1:${port}/v1/change-event`,
    apiKey: 'bench',
    events,
    rate: 0,
    connections,
    mix: { changed: 7, unchanged: 1, stale: 1, duplicate: 1, poison: 0, unmatched: 0 },
    seed: 1,
    odsCodes,
    unmatchedCodes: [],
    eventBody,
    runId: randomUUID(),
  });
  const cpu = process.threadCpuUsage(before);
  const cpuUs = (cpu.user + cpu.system) / result.sent;
  console.log(
    JSON.stringify({
      connections,
      eventsPerSecond: result.eventsPerSecond,
      cpuMicrosecondsPerEvent: Math.round(cpuUs),
      latencies: result.latencies,
      accepted: result.accepted,
      rssMb: Math.round(process.memoryUsage.rss() / 1e6),
    }),
  );
}
await server.terminate();
