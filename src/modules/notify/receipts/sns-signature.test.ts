import assert from 'node:assert/strict';
import { createSign } from 'node:crypto';
import { describe, it } from 'node:test';
import { OutgoingCallError, type OutgoingCalls } from '#platform/http';
import { makeSelfSigned } from '../testing/self-signed.ts';
import { isSignedBySns, type SnsEnvelope } from './sns-signature.ts';

describe('the signature of SNS', () => {
  const { certificate, privateKey } = makeSelfSigned('sns.amazonaws.com');
  const asked: string[] = [];
  const outgoing: OutgoingCalls = {
    call: async ({ url }) => {
      asked.push(url);
      if (url.includes('gone')) throw new OutgoingCallError('sns', 'unreachable', undefined);
      const body = Buffer.from(certificate);
      return { status: url.includes('missing') ? 404 : 200, headers: {}, body };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  let certificateNumber = 0;
  const signed = (version: '1' | '2', changes: Partial<SnsEnvelope> = {}): SnsEnvelope => {
    const envelope: SnsEnvelope = {
      Type: 'Notification',
      MessageId: 'm-1',
      TopicArn: 'arn:aws:sns:eu-west-2:1:ses',
      Message: '{"a":1}',
      Timestamp: '2026-08-01T09:00:00.000Z',
      SignatureVersion: version,
      SigningCertURL: `https://sns.eu-west-2.amazonaws.com/SimpleNotificationService-${certificateNumber++}.pem`,
      ...changes,
    };
    const fields =
      envelope.Type === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = fields
      .filter((name) => name in envelope)
      .map((name) => `${name}\n${String(Reflect.get(envelope, name))}\n`)
      .join('');
    const signer = createSign(version === '2' ? 'RSA-SHA256' : 'RSA-SHA1').update(text);
    return { ...envelope, Signature: signer.sign(privateKey, 'base64') };
  };

  it('is taken from AWS alone, in both versions, with and without a subject', async () => {
    for (const version of ['1', '2'] as const) {
      assert.equal(await isSignedBySns(outgoing, signed(version)), true);
      assert.equal(await isSignedBySns(outgoing, signed(version, { Subject: 'Hi' })), true);
      const confirmation = { Type: 'SubscriptionConfirmation', SubscribeURL: 'https://x', Token: 't' };
      assert.equal(await isSignedBySns(outgoing, signed(version, confirmation)), true);
    }
    const once = signed('2');
    asked.length = 0;
    await isSignedBySns(outgoing, once);
    await isSignedBySns(outgoing, once);
    assert.equal(asked.length, 1);
  });

  it('is refused for what was changed, signed by others or cannot be checked', async () => {
    const good = signed('2');
    for (const changes of [
      { Message: '{"a":2}' },
      { TopicArn: 'arn:aws:sns:eu-west-2:1:other' },
      { Timestamp: '2026-08-02T09:00:00.000Z' },
      { Subject: 'added' },
      { SignatureVersion: '1' },
      { Signature: 'AAAA' },
    ]) {
      assert.equal(await isSignedBySns(outgoing, { ...good, ...changes }), false, JSON.stringify(changes));
    }
    asked.length = 0;
    for (const url of [
      'http://sns.eu-west-2.amazonaws.com/a.pem',
      'https://sns.eu-west-2.amazonaws.com.example.test/a.pem',
      'https://example.test/sns.eu-west-2.amazonaws.com/a.pem',
      'https://sns.eu-west-2.amazonaws.com/a.txt',
      'nonsense',
    ]) {
      assert.equal(await isSignedBySns(outgoing, { ...good, SigningCertURL: url }), false, url);
    }
    assert.deepEqual(asked, []);
    for (const name of ['gone', 'missing']) {
      const url = `https://sns.eu-west-2.amazonaws.com/${name}.pem`;
      assert.equal(await isSignedBySns(outgoing, { ...good, SigningCertURL: url }), false, name);
    }
  });
});
