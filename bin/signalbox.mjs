#!/usr/bin/env node
// Plain JavaScript for any Node >= 20: makes sure the pinned Node 24 is there, then hands everything over to it.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, runtime } from '../scripts/ensure-installed.mjs';
import { ensureWebBuilt } from '../scripts/ensure-web-built.mjs';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

process.exitCode = await ensureInstalled();
if (process.exitCode === 0) {
  if (process.argv[2] === 'start') await ensureWebBuilt();
  runMain();
}

function runMain() {
  const child = spawn(runtime, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The child decides what a signal means (a clean stop), so this process only passes it on and waits. A Ctrl-C
  // reaches the child from the terminal itself, and must not arrive twice: a second one means "stop now".
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  child.once('error', (error) => {
    console.error(`The runtime ${runtime} could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    // 128 + number is what a shell reports for a process that a signal ended.
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
