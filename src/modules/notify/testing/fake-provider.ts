import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Somebody else's HTTP server: records what it is asked and answers what it was told. */
export interface FakeProvider {
  url: string;
  calls: ReceivedCall[];
  /** What the next calls get; without one the default. */
  answers: ((response: ServerResponse, call: ReceivedCall) => void)[];
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFakeProvider(
  fallback: (response: ServerResponse, call: ReceivedCall) => void = answerJson(200, {}),
): Promise<FakeProvider> {
  const calls: ReceivedCall[] = [];
  const answers: FakeProvider['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const call = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      calls.push(call);
      (answers.shift() ?? fallback)(response, call);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** The connection breaks after the request was read. */
export function breakOff(response: ServerResponse): void {
  response.destroy();
}
