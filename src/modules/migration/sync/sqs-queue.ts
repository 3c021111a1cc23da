// A small client of SQS over its JSON protocol: receive and delete, nothing else.
import { AwsClient } from 'aws4fetch';
import type { OutgoingCalls } from '#platform/http';

export interface SqsMessage {
  id: string;
  body: string;
  receiptHandle: string;
}

export interface SqsQueue {
  /** Waits up to twenty seconds for up to ten messages. */
  receive(signal: AbortSignal): Promise<SqsMessage[]>;
  delete(messages: SqsMessage[]): Promise<void>;
}

const WAIT_SECONDS = 20;
const VISIBILITY_SECONDS = 120;

export function openSqsQueue(options: {
  outgoing: OutgoingCalls;
  endpoint: string;
  region: string;
  account: string;
  queueName: string;
  accessKeyId: string;
  secretAccessKey: string;
}): SqsQueue {
  const { outgoing, endpoint, region, account, queueName, accessKeyId, secretAccessKey } = options;
  const signer = new AwsClient({ accessKeyId, secretAccessKey, region, service: 'sqs' });
  const queueUrl = `${endpoint.replace(/\/$/, '')}/${account}/${queueName}`;

  async function act(
    action: string,
    body: object,
    limits: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<Record<string, unknown>> {
    const signed = await signer.sign(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: queueUrl, ...body }),
    });
    const answer = await outgoing.call({
      target: 'sqs',
      method: 'POST',
      url: signed.url,
      headers: Object.fromEntries(signed.headers),
      body: Buffer.from(await signed.arrayBuffer()),
      ...limits,
    });
    if (answer.status !== 200) throw new Error(`SQS answered ${answer.status} to ${action} on ${queueName}`);
    return JSON.parse(answer.body.toString() || '{}') as Record<string, unknown>;
  }

  return {
    async receive(signal) {
      const answer = await act(
        'ReceiveMessage',
        { MaxNumberOfMessages: 10, WaitTimeSeconds: WAIT_SECONDS, VisibilityTimeout: VISIBILITY_SECONDS },
        { timeoutMs: (WAIT_SECONDS + 10) * 1_000, signal },
      );
      const messages = (answer.Messages ?? []) as {
        MessageId: string;
        Body: string;
        ReceiptHandle: string;
      }[];
      return messages.map((message) => ({
        id: message.MessageId,
        body: message.Body,
        receiptHandle: message.ReceiptHandle,
      }));
    },
    async delete(messages) {
      if (messages.length === 0) return;
      const entries = messages.map(({ receiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle: receiptHandle,
      }));
      await act('DeleteMessageBatch', { Entries: entries }, { timeoutMs: 10_000 });
    },
  };
}
