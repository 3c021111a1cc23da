import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { startTestSimulators } from '../testing/simulators.ts';

it('sends the same event many times at once, in envelopes, with the token of an operator', async () => {
  await using simulators = await startTestSimulators({ visits: 1 });
  const received: { url: string; authorization: string; body: Record<string, unknown> }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({
      url: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    response.writeHead(received.length % 2 === 0 ? 202 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = (body: object) => simulators.call('/nomis/control/events', { method: 'POST', body });
  const event = {
    target,
    queueName: 'a_queue',
    eventType: 'VISIT_CANCELLED',
    message: { visitId: 700_001 },
    copies: 300,
  };
  assert.deepEqual((await send(event)).body, { sent: 300, answers: { 202: 150, 404: 150 } });
  assert.equal(received.length, 300);
  assert.equal(new Set(received.map(({ body }) => body.MessageId)).size, 300);
  const [first] = received;
  assert.equal(first?.url, '/queues/a_queue/messages');
  assert.match(first?.authorization ?? '', /^Bearer ey/);
  assert.deepEqual(
    { ...first?.body, MessageId: '' },
    {
      Type: 'Notification',
      MessageId: '',
      Message: '{"eventType":"VISIT_CANCELLED","visitId":700001}',
      MessageAttributes: { eventType: { Type: 'String', Value: 'VISIT_CANCELLED' } },
    },
  );
  assert.equal((await send({ ...event, queueName: 1, copies: 0 })).status, 400);
  server.closeAllConnections();
  server.close();
  assert.deepEqual((await send({ ...event, copies: 1 })).body, { sent: 1, answers: { 0: 1 } });
});
