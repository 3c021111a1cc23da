import { text } from 'node:stream/consumers';
import { HttpConnection } from '../../src/simulators/profile-editor/http-connection.ts';
import { LatencyHistogram } from '../../src/simulators/profile-editor/latency-histogram.ts';

/** Reads what to look up from standard input, looks it up for a time, and prints what it saw. */
interface Plan {
  address: string;
  key: string;
  paths: string[];
  seconds: number;
  connections: number;
}

const plan = JSON.parse(await text(process.stdin)) as Plan;
const url = new URL(plan.address);
const requests = plan.paths.map(
  (path) => `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nversion: 1\r\napikey: ${plan.key}\r\n\r\n`,
);
const latencies = new LatencyHistogram();
const statuses: Record<string, number> = {};
let next = 0;
const endsAt = performance.now() + plan.seconds * 1_000;
const cpu = process.cpuUsage();
const startedAt = performance.now();

async function look(): Promise<void> {
  using connection = new HttpConnection({ url, timeoutMs: 10_000 });
  while (performance.now() < endsAt) {
    const request = requests[next % requests.length] ?? '';
    next += 1;
    const sentAt = performance.now();
    const { status } = await connection.send(request);
    latencies.add(performance.now() - sentAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: plan.connections }, look));
const seconds = (performance.now() - startedAt) / 1_000;
const used = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    requests: next,
    requestsPerSecond: Math.round(next / seconds),
    statuses,
    latencies: latencies.summary(),
    clientCpuMicroseconds: Math.round((used.user + used.system) / next),
  }),
);
