import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An incoming webhook on a real socket that keeps what it was sent. */
export interface Webhook {
  url: string;
  posts: { headers: Record<string, string | string[] | undefined>; body: unknown }[];
  /** The status of the answers from here on. */
  status: number;
  /** Ends the connection in place of an answer, from here on. */
  hangsUp: boolean;
  /** Closes the door, as an outage does; the port stays ours. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startWebhook(): Promise<Webhook> {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      webhook.posts.push({ headers: request.headers, body: JSON.parse(text) });
      if (webhook.hangsUp) request.socket.destroy();
      else response.writeHead(webhook.status).end(webhook.status < 300 ? 'ok' : 'no_service');
    });
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const goAway = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const webhook: Webhook = {
    url: `http://127.0.0.1:${port}/services/T1/B1/x`,
    posts: [],
    status: 200,
    hangsUp: false,
    goAway,
    comeBack: () => listen(port),
    [Symbol.asyncDispose]: goAway,
  };
  return webhook;
}
