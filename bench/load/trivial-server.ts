import { type AddressInfo, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

/**
 * Answers 200 to every request that has a content-length body, and does nothing else: what is left of a measurement
 * is the cost of the client. Run as a worker so that the client's CPU time can be read alone.
 */
const ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n{"Message":"Change event received"}';
const LENGTH = 'content-length: ';

const server = createServer({ noDelay: true }, (socket) => {
  let received = '';
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1');
    for (;;) {
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const at = received.toLowerCase().indexOf(LENGTH);
      const length = at === -1 || at > headEnd ? 0 : Number.parseInt(received.slice(at + LENGTH.length), 10);
      if (received.length < headEnd + 4 + length) return;
      received = received.slice(headEnd + 4 + length);
      socket.write(ANSWER);
    }
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  // A listening TCP server always has an address object.
  parentPort?.postMessage((server.address() as AddressInfo).port);
});
