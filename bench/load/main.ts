import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runLoad } from './request-load.ts';

const USAGE = `Sends requests to one address and prints throughput and latency as JSON.

  node bench/load/main.ts --url http://127.0.0.1:8083/v1/change-event [--method POST] [--header 'x-api-key: k']...
                          [--body TEXT | --body-file PATH] [--connections 32] [--rate 0] [--seconds 10]

In the body, {n} stands for the number of the request and {time} for a rising number of microseconds.`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    method: { type: 'string', default: 'GET' },
    header: { type: 'string', multiple: true, default: [] },
    body: { type: 'string', default: '' },
    'body-file': { type: 'string' },
    connections: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.url === undefined || !URL.canParse(values.url)) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  const template =
    values['body-file'] === undefined ? values.body : readFileSync(values['body-file'], 'utf8');
  const result = await runLoad({
    url: values.url,
    method: values.method.toUpperCase(),
    headers: Object.fromEntries(values.header.map(readHeader)),
    body: (number) => fill(template, number),
    connections: Number(values.connections),
    rate: Number(values.rate),
    durationMs: Number(values.seconds) * 1000,
  });
  console.log(JSON.stringify(result, null, 2));
  if (result.failures > 0) process.exitCode = 1;
}

function readHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

function fill(template: string, number: number): string {
  if (!template.includes('{')) return template;
  return template
    .replaceAll('{n}', String(number))
    .replaceAll('{time}', String(Date.now() * 1000 + (number % 1000)));
}
