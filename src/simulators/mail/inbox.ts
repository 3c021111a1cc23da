import PostalMime, { type Address, type Email } from 'postal-mime';

const MAX_MESSAGES = 10_000;
const MAX_BYTES = 128 * 1024 * 1024;

/** A message as checkers read it. Addresses are bare; display names are in the headers. */
export interface MailMessage {
  readonly id: string;
  readonly time: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** Lower-case names; a header that came more than once has all its values. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly messageId: string | null;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly attachments: readonly { filename: string | null; mimeType: string; bytes: number }[];
  readonly bytes: number;
}

interface Stored {
  readonly id: string;
  readonly time: string;
  readonly envelope: MailMessage['envelope'];
  readonly raw: Buffer;
  parsed?: MailMessage;
}

/**
 * The latest messages, at most 10,000 and 128 MB. Parsing costs more than receiving, so a message is parsed when
 * somebody first reads it.
 */
export class Inbox {
  #messages: Stored[] = [];
  #bytes = 0;
  #lastId = 0;

  get size(): number {
    return this.#messages.length;
  }

  add(message: { envelope: MailMessage['envelope']; raw: Buffer }): void {
    this.#lastId += 1;
    this.#messages.push({ id: String(this.#lastId), time: new Date().toISOString(), ...message });
    this.#bytes += message.raw.length;
    if (this.#messages.length <= MAX_MESSAGES * 1.1 && this.#bytes <= MAX_BYTES) return;
    // Down to nine tenths at once: removing one per arrival would move the whole list each time.
    while (this.#messages.length > MAX_MESSAGES || this.#bytes > MAX_BYTES * 0.9) {
      const dropped = this.#messages.splice(0, Math.ceil(this.#messages.length / 10));
      this.#bytes -= dropped.reduce((sum, one) => sum + one.raw.length, 0);
    }
  }

  async *since(since: number): AsyncGenerator<MailMessage> {
    for (const message of this.#messages.slice()) {
      if (Date.parse(message.time) >= since) yield await parsed(message);
    }
  }

  latest(count: number): Promise<MailMessage[]> {
    return Promise.all(this.#messages.slice(-count).reverse().map(parsed));
  }

  async find(id: string): Promise<MailMessage | undefined> {
    const message = this.#messages.find((one) => one.id === id);
    return message && parsed(message);
  }

  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }
}

async function parsed(message: Stored): Promise<MailMessage> {
  message.parsed ??= toMessage(message, await PostalMime.parse(message.raw));
  return message.parsed;
}

function toMessage(stored: Stored, email: Email): MailMessage {
  const to = addresses(email.to);
  return {
    id: stored.id,
    time: stored.time,
    from: email.from?.address || stored.envelope.from,
    to: to.length > 0 ? to : stored.envelope.to,
    cc: addresses(email.cc),
    replyTo: addresses(email.replyTo),
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? null,
    headers: groupHeaders(email),
    messageId: email.messageId ?? null,
    envelope: stored.envelope,
    attachments: email.attachments.map((attachment) => ({
      filename: attachment.filename,
      mimeType: attachment.mimeType,
      bytes:
        typeof attachment.content === 'string' ? attachment.content.length : attachment.content.byteLength,
    })),
    bytes: stored.raw.length,
  };
}

/** Bare addresses, those of a group such as `Team: a@b, c@d;` too. */
function addresses(list: readonly Address[] | undefined): string[] {
  return (list ?? []).flatMap((one) => (one.group ? addresses(one.group) : one.address ? [one.address] : []));
}

function groupHeaders(email: Email): MailMessage['headers'] {
  const headers: Record<string, string | string[]> = {};
  for (const { key, value } of email.headers) {
    const known = headers[key];
    headers[key] = known === undefined ? value : [known, value].flat();
  }
  return headers;
}
