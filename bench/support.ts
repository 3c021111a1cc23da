import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '#platform/db';
import { createLogger } from '#platform/telemetry';

/** A fresh embedded server with durable commits for one benchmark, removed afterwards. */
export async function withBenchServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  const server = await startEmbeddedServer({
    dataDir,
    port: 0,
    osUser: 'nobody',
    log: createLogger({ level: 'error', name: 'bench' }),
  });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function summarise(samplesMs: number[]): { p50: number; p95: number; p99: number; max: number } {
  const sorted = samplesMs.toSorted((a, b) => a - b);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    p50: round(percentile(sorted, 0.5)),
    p95: round(percentile(sorted, 0.95)),
    p99: round(percentile(sorted, 0.99)),
    max: round(sorted.at(-1) ?? Number.NaN),
  };
}

/** Prints the figures beside those of the last committed run and writes them to `bench/results/<name>.json`. */
export async function reportResult(name: string, figures: Record<string, unknown>): Promise<void> {
  const path = new URL(`./results/${name}.json`, import.meta.url);
  const before = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as { figures: Record<string, unknown> },
    () => undefined,
  );
  console.log(`\n${name}`);
  for (const [key, value] of Object.entries(figures)) {
    const last = before?.figures[key];
    console.log(
      `  ${key.padEnd(44)} ${JSON.stringify(value)}${last === undefined ? '' : `   (last: ${JSON.stringify(last)})`}`,
    );
  }
  const result = {
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    node: process.version,
    figures,
  };
  await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
}

export interface Bar {
  what: string;
  value: number;
  /** Bars are met at their value. */
  atLeast?: number;
  atMost?: number;
  unit: string;
}

/** Prints each figure beside its bar and fails the run where one is missed. */
export function reportVerdicts(bars: Bar[]): void {
  for (const { what, value, atLeast, atMost, unit } of bars) {
    const isMet =
      value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
    const bar = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
    console.log(`  ${isMet ? 'met   ' : 'MISSED'}  ${what}: ${value} ${unit}, the bar is ${bar}`);
    if (!isMet) process.exitCode = 1;
  }
}
