import { AwsV4Signer } from 'aws4fetch';
import { type OutgoingAnswer, OutgoingCallError, type OutgoingCalls } from '#platform/http';
import { addressWithName } from './mime.ts';
import { type EmailProvider, type OutgoingEmail, reasonOf, type SendOutcome } from './provider.ts';
import { MOST_ANSWER_BYTES, readJson } from './sms-call.ts';

export interface SesConfig {
  /** Base address of the SESv2 API. */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

const TIMEOUT_MS = 10_000;

/** SESv2 `SendEmail`: internals section 6.4. SES gives each message an id of its own and knows none of ours. */
export function createSes(outgoing: OutgoingCalls, config: SesConfig): EmailProvider {
  const url = `${config.url.replace(/\/+$/, '')}/v2/email/outbound-emails`;
  return {
    name: 'ses',
    channel: 'email',
    honoursReferences: false,
    acceptanceIsDelivery: false,
    send: async (message, options) => {
      const body = JSON.stringify(toSendEmail(message));
      const signed = await new AwsV4Signer({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body,
        service: 'ses',
        region: config.region,
        accessKeyId: config.accessKeyId,
        secretAccessKey: config.secretAccessKey,
      }).sign();
      try {
        const answer = await outgoing.call({
          target: 'ses',
          url,
          method: 'POST',
          headers: Object.fromEntries([...signed.headers].filter(([name]) => name !== 'host')),
          body,
          timeoutMs: TIMEOUT_MS,
          maxBytes: MOST_ANSWER_BYTES,
          correlationId: options.correlationId,
          signal: options.signal,
        });
        return judge(answer);
      } catch (error) {
        if (!(error instanceof OutgoingCallError)) throw error;
        return { kind: error.mayHaveArrived ? 'unknown' : 'failed', reason: reasonOf(error) };
      }
    },
  };
}

function toSendEmail(message: OutgoingEmail) {
  const headers =
    message.unsubscribeUrl === null
      ? []
      : [
          { Name: 'List-Unsubscribe', Value: `<${message.unsubscribeUrl}>` },
          { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
        ];
  return {
    FromEmailAddress: addressWithName(message.from).replaceAll('\r\n', ''),
    Destination: { ToAddresses: [message.to] },
    Content: {
      Simple: {
        Subject: { Data: message.subject, Charset: 'UTF-8' },
        Body: {
          Text: { Data: message.text, Charset: 'UTF-8' },
          Html: { Data: message.html, Charset: 'UTF-8' },
        },
        ...(headers.length === 0 ? {} : { Headers: headers }),
      },
    },
    ReplyToAddresses: message.replyTo === null ? [] : [message.replyTo],
  };
}

/** Names of AWS errors that say this message is not acceptable at all. */
const FINAL = ['InvalidParameterValue', 'BadRequestException', 'MessageRejected'];

function judge(answer: OutgoingAnswer): SendOutcome {
  const fields = readJson(answer);
  const members = typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
  if (answer.status === 200) {
    return typeof members.MessageId === 'string'
      ? { kind: 'accepted', reference: members.MessageId }
      : { kind: 'unknown', reason: 'answer has no MessageId' };
  }
  const name = String(answer.headers['x-amzn-errortype'] ?? members.__type ?? members.code ?? '')
    .split(':', 1)[0]
    ?.replace(/^.*#/, '');
  if (answer.status === 400 && name !== undefined && FINAL.includes(name))
    return { kind: 'refused', reason: name };
  const isThrottled = answer.status === 429 || name === 'TooManyRequestsException';
  return { kind: 'failed', reason: name || `status ${answer.status}`, isExpected: isThrottled };
}
