import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An organisation directory on a real socket, whose answers a test decides. */
export interface OdsServer {
  url: string;
  /** Paths asked for, in order. */
  asked: string[];
  /** Status for a code; 200 for those it knows and 404 for the rest when it is not set. */
  answerWith(answer: ((code: string) => number) | undefined): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startOdsServer(known: string[]): Promise<OdsServer> {
  const asked: string[] = [];
  const byKnowledge = (code: string): number => (known.includes(code) ? 200 : 404);
  let answer = byKnowledge;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    response.statusCode = answer(decodeURIComponent(path.split('/').at(-1) ?? ''));
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answerWith: (next) => {
      answer = next ?? byKnowledge;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
