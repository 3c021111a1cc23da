// The load test and the stress test of DoS Integration, against a running directory: the same users, pauses and mix.
// Usage: directory-load.ts load|stress [minutes] [url]; NHS_UK_API_KEY holds the key of the endpoint.
// A load test goes on until it is stopped with Ctrl-C, or for so many minutes. Ends with the results of the pipeline.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Variation } from '#reference/pharmacies';
import { changeEventFor } from '../src/simulators/profile-editor/change-events.ts';
import { odsCodesOf, unmatchedCodes } from '../src/simulators/profile-editor/event-source.ts';
import { summarise } from './support.ts';

interface Shape {
  users: number;
  spawnedPerSecond: number;
  pauseMs: number;
  minutes: number;
}

const SHAPES: Record<string, Shape> = {
  load: { users: 50, spawnedPerSecond: 5, pauseMs: 10_000, minutes: Number.POSITIVE_INFINITY },
  stress: { users: 12, spawnedPerSecond: 10, pauseMs: 0, minutes: 12 },
};
/** Of eleven requests; `unmatched` has an ODS code that no directory has. */
const MIX: [what: Variation | 'unmatched', weight: number][] = [
  ['all', 3],
  ['opening_times', 2],
  ['contact', 1],
  ['location', 1],
  ['palliative_care', 1],
  ['blood_pressure', 1],
  ['contraception', 1],
  ['unmatched', 1],
];
/** Each of the mix as often as its weight says. */
const DRAWN = MIX.flatMap(([what, weight]) => Array.from({ length: weight }, () => what));
const STOP_TIMEOUT_MS = 10_000;
const CODES = odsCodesOf(10_363);
const UNMATCHED = unmatchedCodes();
let sent = 0;
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

const [kind = '', minutes, url] = process.argv.slice(2);
const shape = SHAPES[kind];
const apiKey = process.env.NHS_UK_API_KEY;
if (!shape || !apiKey || Number.isNaN(Number(minutes ?? 0))) {
  console.error(
    'Usage: directory-load load|stress [minutes] [url], with the key of the endpoint in NHS_UK_API_KEY',
  );
  process.exitCode = 2;
} else {
  const own = `http://127.0.0.1:${Number(process.env.SIGNALBOX_PORT_BASE ?? 8080) + 3}`;
  const wanted = minutes === undefined ? shape : { ...shape, minutes: Number(minutes) };
  await run(wanted, url ?? own, apiKey);
}

async function run(wanted: Shape, url: string, key: string): Promise<void> {
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const startedAt = new Date();
  const endsAt = startedAt.getTime() + wanted.minutes * 60_000;
  const latencies: number[] = [];
  const statuses = new Map<number, number>();
  const goesOn = () => !stopping.signal.aborted && Date.now() < endsAt;
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);

  const user = async (number: number) => {
    await pause((number * 1_000) / wanted.spawnedPerSecond);
    while (goesOn()) {
      const sentAt = performance.now();
      const status = await send(url, key).catch(() => 0);
      latencies.push(performance.now() - sentAt);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (wanted.pauseMs > 0) await pause(Math.min(wanted.pauseMs, Math.max(0, endsAt - Date.now())));
    }
  };
  await Promise.all(Array.from({ length: wanted.users }, (_, number) => user(number)));

  const seconds = (Date.now() - startedAt.getTime()) / 1_000;
  const requests = {
    requests: latencies.length,
    perSecond: Math.round((latencies.length / seconds) * 10) / 10,
    answers: Object.fromEntries(statuses),
    latencyMs: summarise(latencies),
  };
  console.log(JSON.stringify(requests, null, 2));
  // Sums of signals are written every two seconds.
  await sleep(2_500);
  const args = ['directory', 'performance-results', '--since', startedAt.toISOString()];
  spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'inherit', 'ignore'] });
  if (statuses.get(200) !== latencies.length) process.exitCode = 1;
}

/** Every code is used once before any is used again. */
async function send(url: string, key: string): Promise<number> {
  const at = sent;
  sent += 1;
  const what = draw();
  const odsCode = CODES[at % CODES.length] ?? '';
  const version = 1 + Math.floor(at / CODES.length);
  const body =
    what === 'unmatched'
      ? { ...changeEventFor({ odsCode, version }), ODSCode: UNMATCHED[at % UNMATCHED.length] }
      : changeEventFor({ odsCode, version, variation: what });
  const nanoseconds = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
  const answer = await fetch(`${url.replace(/\/+$/, '')}/v1/change-event`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', 'sequence-number': String(nanoseconds) },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(STOP_TIMEOUT_MS),
  });
  await answer.arrayBuffer();
  return answer.status;
}

function draw(): Variation | 'unmatched' {
  return DRAWN[Math.floor(Math.random() * DRAWN.length)] ?? 'all';
}
