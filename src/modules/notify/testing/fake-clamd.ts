import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** A clamd that finds a virus in whatever contains `EICAR` and cannot tell where it says `unsure`. */
export async function startFakeClamd(): Promise<{ url: string; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!received.subarray(-4).equals(Buffer.alloc(4))) return;
      if (received.includes('unsure')) socket.end('INSTREAM size limit exceeded. ERROR\0');
      else socket.end(received.includes('EICAR') ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
