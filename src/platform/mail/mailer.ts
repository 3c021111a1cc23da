import { createTransport } from 'nodemailer';
import type { Logger } from '#platform/telemetry';

export interface Mail {
  readonly to: string | readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  /** In place of the sender that the mailer was made with. */
  readonly from?: string;
  readonly replyTo?: string;
  /** With its angle brackets; a message sent again under the same id can be told from a new one. */
  readonly messageId?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Mailer {
  /** Resolves once the mail server has taken responsibility for the message; rejects with a MailError. */
  send(mail: Mail): Promise<{ messageId: string }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The mail server refused, or could not be reached. A permanent refusal will be the same at every further try. */
export class MailError extends Error {
  readonly isPermanent: boolean;
  /** SMTP reply code, when the server answered. */
  readonly responseCode: number | undefined;

  constructor(
    message: string,
    options: { isPermanent: boolean; responseCode: number | undefined; cause: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'MailError';
    this.isPermanent = options.isPermanent;
    this.responseCode = options.responseCode;
  }
}

/** The bound of one exchange with the mail server, as in the systems that Signalbox replaces. */
const SMTP_TIMEOUT_MS = 15_000;

/**
 * Sends mail to the server that an `smtp:` or `smtps:` URL names, over a few kept connections. User and password come
 * from the URL; nodemailer's options may be given as its query.
 */
export function createMailer(options: { url: string; from: string; log: Logger }): Mailer {
  const transport = createTransport({
    url: options.url,
    pool: true,
    maxConnections: 5,
    // A connection lost in mid-message leaves its outcome unknown; whether to send again is for the caller to say.
    maxRequeues: 0,
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
    dnsTimeout: SMTP_TIMEOUT_MS,
    // A message is made of what the caller passed: never of a file or an address named inside it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Failures of idle connections; those of a message in flight reach its sender.
  transport.on('error', (error) => options.log.warn({ err: error }, 'Mail connection failed'));
  return {
    async send(mail) {
      try {
        const sent = await transport.sendMail({ from: options.from, ...toMessage(mail) });
        return { messageId: sent.messageId };
      } catch (error) {
        throw asMailError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      transport.close();
    },
  };
}

/** Field by field, so that no other option of the mail library can be reached through a message. */
function toMessage(mail: Mail) {
  const to = typeof mail.to === 'string' ? mail.to : [...mail.to];
  const { subject, text, html, from, replyTo, messageId } = mail;
  return {
    to,
    subject,
    text,
    headers: { ...mail.headers },
    ...(html === undefined ? {} : { html }),
    ...(from === undefined ? {} : { from }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(messageId === undefined ? {} : { messageId }),
  };
}

/** Codes that depend on what is sent or configured rather than on the moment. */
const PERMANENT_CODES = ['EENVELOPE', 'EAUTH', 'ENOAUTH', 'ECONFIG', 'EMAXRECIPIENTS'];

function asMailError(error: unknown): MailError {
  const { code, responseCode } = errorFields(error);
  // The reply code decides when there is one: 4xx asks to come back later (RFC 5321, 4.2.1).
  const isPermanent =
    responseCode === undefined
      ? PERMANENT_CODES.includes(code ?? '')
      : responseCode >= 500 && responseCode < 600;
  // The library's own message can hold the recipient's address, so it stays in the cause.
  const what =
    responseCode === undefined ? `failed (${code ?? 'unknown'})` : `was refused with ${responseCode}`;
  return new MailError(`Mail ${what}; check SMTP_URL and the mail server`, {
    isPermanent,
    responseCode,
    cause: error,
  });
}

function errorFields(error: unknown): { code: string | undefined; responseCode: number | undefined } {
  if (!(error instanceof Error)) return { code: undefined, responseCode: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const responseCode =
    'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  return { code, responseCode };
}
