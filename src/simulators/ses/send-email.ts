import { randomUUID } from 'node:crypto';

export interface Email {
  readonly id: string;
  readonly time: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The email in a `SendEmail` body, or what the service would find wrong with it. */
export function readSendEmail(body: unknown): { email: Omit<Email, 'id' | 'time'> } | { problem: string } {
  const fields = record(body);
  const to = texts(record(fields.Destination).ToAddresses);
  const simple = record(record(fields.Content).Simple);
  const subject = record(simple.Subject).Data;
  const parts = record(simple.Body);
  const from = fields.FromEmailAddress;
  if (typeof from !== 'string' || !from.includes('@'))
    return { problem: 'Missing or invalid FromEmailAddress' };
  if (to.length === 0) return { problem: 'Destination must have an address' };
  if (to.some((address) => !/^[^\s@]+@[^\s@]+$/.test(address)))
    return { problem: 'Invalid destination address' };
  if (typeof subject !== 'string') return { problem: 'Content.Simple.Subject.Data is required' };
  const headers = Array.isArray(simple.Headers) ? simple.Headers.map(record) : [];
  return {
    email: {
      from,
      to,
      replyTo: texts(fields.ReplyToAddresses),
      subject,
      text: String(record(parts.Text).Data ?? ''),
      html: String(record(parts.Html).Data ?? ''),
      headers: Object.fromEntries(headers.map(({ Name, Value }) => [String(Name), String(Value)])),
    },
  };
}

/** What SNS posts about an email; the signature is left out, since nobody but Amazon can make one. */
export function envelope(email: Email, topicArn: string, now: Date): Record<string, string> {
  return {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: topicArn,
    Message: JSON.stringify(report(email, now)),
    Timestamp: now.toISOString(),
  };
}

function report(email: Email, now: Date): Record<string, unknown> {
  const mail = { timestamp: email.time, source: email.from, messageId: email.id, destination: email.to };
  const timestamp = now.toISOString();
  const name = (email.to[0] ?? '').toLowerCase();
  const isFinal = /^(?:perm-fail|bounce)/.test(name);
  if (isFinal || name.startsWith('temp-fail')) {
    return {
      notificationType: 'Bounce',
      mail,
      bounce: {
        bounceType: isFinal ? 'Permanent' : 'Transient',
        bounceSubType: 'General',
        bouncedRecipients: email.to.map((emailAddress) => ({ emailAddress })),
        timestamp,
        feedbackId: randomUUID(),
      },
    };
  }
  if (name.startsWith('complaint')) {
    return {
      notificationType: 'Complaint',
      mail,
      complaint: {
        complainedRecipients: email.to.map((emailAddress) => ({ emailAddress })),
        complaintFeedbackType: 'abuse',
        timestamp,
        feedbackId: randomUUID(),
      },
    };
  }
  return {
    notificationType: 'Delivery',
    mail,
    delivery: { timestamp, processingTimeMillis: 500, recipients: email.to, smtpResponse: '250 ok' },
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
