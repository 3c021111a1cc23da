import { HttpConnection } from '../../src/simulators/profile-editor/http-connection.ts';
import { type Latencies, LatencyHistogram } from '../../src/simulators/profile-editor/latency-histogram.ts';

export interface LoadOptions {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body of request `number`, counted from 0 over all connections. */
  readonly body: (number: number) => string;
  readonly connections: number;
  /** Requests per second over all connections; 0 sends each as soon as the one before it is answered. */
  readonly rate: number;
  readonly durationMs: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  /** Milliseconds. With a rate they count from when a request was due, so that a stalled server shows in full. */
  readonly latencies: Latencies;
  readonly clientCpuMicroseconds: number;
}

/** Sends requests to one address for a time and measures the answers, at some 15 microseconds of CPU per request. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const run: Run = {
    histogram: new LatencyHistogram(),
    statuses: {},
    failures: 0,
    requests: 0,
    next: 0,
    startedAt: 0,
  };
  const cpu = process.threadCpuUsage();
  run.startedAt = performance.now();
  await Promise.all(Array.from({ length: options.connections }, () => sendUntilEnd(options, run)));
  const elapsedMs = performance.now() - run.startedAt;
  const used = process.threadCpuUsage(cpu);
  return {
    requests: run.requests,
    failures: run.failures,
    statuses: run.statuses,
    requestsPerSecond: Math.round((run.requests * 1000) / elapsedMs),
    latencies: run.histogram.summary(),
    clientCpuMicroseconds: Math.round((used.user + used.system) / Math.max(1, run.requests)),
  };
}

interface Run {
  readonly histogram: LatencyHistogram;
  readonly statuses: Record<string, number>;
  failures: number;
  requests: number;
  next: number;
  startedAt: number;
}

async function sendUntilEnd(options: LoadOptions, run: Run): Promise<void> {
  const url = new URL(options.url);
  using connection = new HttpConnection({ url, timeoutMs: 30_000 });
  const head = requestHead(url, options);
  for (;;) {
    const number = run.next;
    run.next += 1;
    const dueAt = options.rate > 0 ? run.startedAt + (number * 1000) / options.rate : performance.now();
    if (dueAt - run.startedAt >= options.durationMs) return;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.ceil(waitMs)));
    // A timer's lateness is not the server's; a request that nobody was free to send is.
    const from = waitMs > 0 ? performance.now() : dueAt;
    const body = options.body(number);
    try {
      const { status } = await connection.send(
        `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      run.statuses[status] = (run.statuses[status] ?? 0) + 1;
    } catch {
      run.failures += 1;
    }
    run.requests += 1;
    run.histogram.add(performance.now() - from);
  }
}

function requestHead(url: URL, { method, headers }: LoadOptions): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${lines.join('')}`;
}
