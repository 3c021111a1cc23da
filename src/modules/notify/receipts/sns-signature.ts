import { createVerify, X509Certificate } from 'node:crypto';
import { OutgoingCallError, type OutgoingCalls } from '#platform/http';

export interface SnsEnvelope {
  Type: string;
  MessageId: string;
  TopicArn: string;
  Message: string;
  Timestamp: string;
  Subject?: string;
  SubscribeURL?: string;
  Token?: string;
  SignatureVersion?: string;
  Signature?: string;
  SigningCertURL?: string;
}

const NOTIFICATION_FIELDS = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const CONFIRMATION_FIELDS = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;

const certificates = new Map<string, string>();

/** Whether AWS signed the envelope, as the SNS documentation tells to check it. */
export async function isSignedBySns(outgoing: OutgoingCalls, envelope: SnsEnvelope): Promise<boolean> {
  const { SigningCertURL: url, Signature: signature, SignatureVersion: version } = envelope;
  if (typeof url !== 'string' || typeof signature !== 'string' || !isCertificateAddress(url)) return false;
  const certificate = certificates.get(url) ?? (await fetchCertificate(outgoing, url));
  if (certificate === undefined) return false;
  certificates.set(url, certificate);
  const fields = envelope.Type === 'Notification' ? NOTIFICATION_FIELDS : CONFIRMATION_FIELDS;
  const text = fields
    .filter((name) => typeof envelope[name] === 'string')
    .map((name) => `${name}\n${envelope[name]}\n`)
    .join('');
  const verifier = createVerify(version === '2' ? 'RSA-SHA256' : 'RSA-SHA1').update(text);
  return verifier.verify(new X509Certificate(certificate).publicKey, signature, 'base64');
}

function isCertificateAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, pathname } = new URL(url);
  return (
    protocol === 'https:' && /^sns\.[a-z0-9-]+\.amazonaws\.com$/.test(hostname) && pathname.endsWith('.pem')
  );
}

async function fetchCertificate(outgoing: OutgoingCalls, url: string): Promise<string | undefined> {
  try {
    const answer = await outgoing.call({ target: 'sns', url, method: 'GET', timeoutMs: 10_000 });
    return answer.status === 200 ? answer.body.toString('utf8') : undefined;
  } catch (error) {
    if (error instanceof OutgoingCallError) return undefined;
    throw error;
  }
}
