import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { HttpConnection } from '../../src/simulators/profile-editor/http-connection.ts';
import { LatencyHistogram } from '../../src/simulators/profile-editor/latency-histogram.ts';
import type { ClientPlan } from './run-client.ts';

/** Reads a plan from standard input, sends its requests for a time, and prints what came back. */
const plan = JSON.parse(await text(process.stdin)) as ClientPlan;
const url = new URL(plan.address);
const head = `HTTP/1.1\r\nHost: ${url.host}\r\nversion: 1\r\napikey: ${plan.key}\r\n`;
const method = plan.method ?? 'GET';
const reads = plan.paths.map((path) => `${method} ${path} ${head}\r\n`);
const most = plan.requests ?? Number.POSITIVE_INFINITY;
const latencies = new LatencyHistogram();
const statuses: Record<string, number> = {};
let next = 0;
const startedAt = performance.now();
const endsAt = startedAt + plan.seconds * 1_000;
const cpu = process.cpuUsage();

function requestOf(number: number): string {
  if (plan.body === undefined) return reads[number % reads.length] ?? '';
  const body = plan.body.replace('{uuid}', () => randomUUID());
  return `${method} ${plan.paths[number % plan.paths.length]} ${head}Content-Length: ${body.length}\r\n\r\n${body}`;
}

async function send(): Promise<void> {
  using connection = new HttpConnection({ url, timeoutMs: 10_000 });
  while (performance.now() < endsAt && next < most) {
    const request = requestOf(next);
    next += 1;
    const sentAt = performance.now();
    const { status } = await connection.send(request);
    latencies.add(performance.now() - sentAt);
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: plan.connections }, send));
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
