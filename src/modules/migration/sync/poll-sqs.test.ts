import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { armPollingTask } from '../tasks/definitions.ts';
import { openMigration } from '../testing/migration-app.ts';

const ENVELOPE = JSON.stringify({
  Type: 'Notification',
  MessageId: 'm-1',
  Message: JSON.stringify({ visitId: 3 }),
  MessageAttributes: { eventType: { Type: 'String', Value: 'VISIT_CANCELLED' } },
});

test('an event from SQS is processed, and deleted there once it is durable', async () => {
  const calls: { action: string; body: { QueueUrl: string; Entries?: object[] }; signature: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const action = String(request.headers['x-amz-target']);
      calls.push({
        action,
        body: JSON.parse(Buffer.concat(chunks).toString()),
        signature: String(request.headers.authorization),
      });
      const received = calls.filter((call) => call.action === 'AmazonSQS.ReceiveMessage').length;
      // After the first message the service fails, so that the poller stops asking.
      if (action === 'AmazonSQS.ReceiveMessage' && received > 1) response.writeHead(500).end('{}');
      else if (action === 'AmazonSQS.ReceiveMessage') {
        response.end(
          JSON.stringify({ Messages: [{ MessageId: 's-1', Body: ENVELOPE, ReceiptHandle: 'r-1' }] }),
        );
      } else response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using opened = await openMigration({
    MIGRATION_SQS: 'on',
    HMPPS_SQS_LOCALSTACK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    MIGRATION_SQS_ACCESS_KEY_ID: 'key',
    MIGRATION_SQS_SECRET_ACCESS_KEY: 'secret',
    HMPPS_SQS_QUEUES_EVENTVISITS_QUEUE_NAME: 'visits-events',
  });
  try {
    await opened.app.app.stores[0].jobs.enqueue(null, armPollingTask, [{ payload: {} }]);
    await opened.app.drain();
    const visits = calls.filter((call) => call.body.QueueUrl.endsWith('/000000000000/visits-events'));
    assert.deepEqual(visits.at(-1)?.action.startsWith('AmazonSQS.'), true);
    const deleted = calls.filter((call) => call.action === 'AmazonSQS.DeleteMessageBatch');
    assert.deepEqual(deleted[0]?.body.Entries, [{ Id: '0', ReceiptHandle: 'r-1' }]);
    assert.match(calls[0]?.signature ?? '', /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-2\/sqs\//);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
