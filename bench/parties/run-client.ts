import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ClientPlan {
  address: string;
  key: string;
  method?: string;
  /** Taken in turn. */
  paths: string[];
  /** Sent with each; `{uuid}` becomes a new one. */
  body?: string;
  seconds: number;
  /** Ends earlier when so many have been sent. */
  requests?: number;
  connections: number;
}

export interface ClientResult {
  requests: number;
  requestsPerSecond: number;
  statuses: Record<string, number>;
  /** Milliseconds. */
  latencies: { p50: number; p95: number; p99: number; max: number };
}

/** Sends requests from a process of their own, as a client would be. */
export async function runClient(plan: ClientPlan): Promise<ClientResult> {
  const child = spawn(process.execPath, [new URL('./client.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(plan));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(output) as ClientResult;
}
