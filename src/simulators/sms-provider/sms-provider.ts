import { randomUUID } from 'node:crypto';
import { badRequest, json, type Reply, seeOther } from '../frame/replies.ts';
import type { RunningSimulator, SimulatorContext } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { type PostBack, PostBacks } from './post-back.ts';
import { providerPage, sentInboundPage } from './provider-page.ts';
import type { Outcome, ProviderSettings } from './provider-settings.ts';
import { ReferenceAudit } from './reference-audit.ts';

export interface SmsMessage {
  readonly time: string;
  /** The sender's own id of the message. */
  readonly reference: string;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  /** The address for receipts that came along, when there was one. */
  readonly receiptUrl: string | undefined;
  /** The receipts posted so far, in words. */
  readonly receipts: string[];
}

export interface InboundText {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly id: string;
  readonly time: Date;
}

/** What sets one text message provider apart: its words on the wire. */
export interface SmsDialect {
  readonly name: string;
  readonly title: string;
  /** The message a request asks to send, or the answer that refuses it. */
  readMessage(
    request: SimulatorRequest,
  ): { message: Omit<SmsMessage, 'time' | 'receipts'> } | { refusal: Reply };
  accepted(reference: string): Reply;
  /** The receipts of a final outcome, in the order in which they are posted. */
  receipts(
    message: SmsMessage,
    outcome: Exclude<Outcome, 'by-number' | 'none'>,
    at: Date,
  ): readonly ReceiptCall[];
  inbound(text: InboundText): { headers: Record<string, string>; body: string };
  readonly defaults: {
    readonly receiptPath: string;
    readonly inboundPath: string;
    readonly inboundUser: string;
  };
}

export interface ReceiptCall {
  readonly description: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const MAX_MESSAGES = 1_000;
const DEFAULT_RECEIPT_DELAY_MS = 1_000;

/** Runs a provider of text messages: takes them, reports on them after a delay and passes on received texts. */
export function startSmsProvider(dialect: SmsDialect, context: SimulatorContext): RunningSimulator {
  const provider = new SmsProviderSimulator(dialect, context);
  return {
    handle: (request) => provider.handle(request),
    page: (request) => provider.page(request),
    audit: () => provider.audit.rows(),
    clearData: () => provider.clear(),
    state: () => provider.state(),
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}

class SmsProviderSimulator {
  readonly audit = new ReferenceAudit();
  readonly #dialect: SmsDialect;
  readonly #postBacks: PostBacks;
  #settings: ProviderSettings;
  #messages: SmsMessage[] = [];
  #count = 0;

  constructor(dialect: SmsDialect, context: SimulatorContext) {
    this.#dialect = dialect;
    this.#postBacks = new PostBacks({ log: context.log });
    const { notifyUrl } = context.settings;
    this.#settings = {
      ...(notifyUrl === undefined
        ? {}
        : {
            receiptUrl: notifyUrl + dialect.defaults.receiptPath,
            inboundUrl: notifyUrl + dialect.defaults.inboundPath,
          }),
      receiptDelayMs: DEFAULT_RECEIPT_DELAY_MS,
      outcome: 'by-number',
      honoursReferences: true,
      inboundUser: dialect.defaults.inboundUser,
      inboundPassword: 'testkey',
    };
  }

  handle(request: SimulatorRequest): Reply | Promise<Reply> {
    if (request.path === '/settings') return this.#changeSettings(request);
    if (request.path === '/inbound') return this.#sendInbound(request);
    if (request.method !== 'POST') return json(405, { message: 'Post text messages here.' });
    const read = this.#dialect.readMessage(request);
    if ('refusal' in read) return read.refusal;
    const { reference } = read.message;
    if (this.#settings.honoursReferences && this.audit.has(reference)) {
      this.audit.repeat(reference);
      return this.#dialect.accepted(reference);
    }
    this.#take({ ...read.message, time: new Date().toISOString(), receipts: [] });
    return this.#dialect.accepted(reference);
  }

  page(request: SimulatorRequest): Reply | undefined {
    if (request.path === '/settings') return json(200, this.#settings);
    if (request.path === '/messages') return json(200, this.#messages);
    if (request.path !== '/') return undefined;
    const { waiting, taken, refused } = this.#postBacks;
    return providerPage(this.#dialect, {
      settings: this.#settings,
      messages: this.#messages,
      total: this.#count,
      duplicates: this.audit.duplicates,
      receipts: { waiting, taken, refused },
    });
  }

  clear(): void {
    this.#messages = [];
    this.#count = 0;
    this.audit.clear();
  }

  state(): string {
    return `${this.#count.toLocaleString('en-GB')} text message${this.#count === 1 ? '' : 's'}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#postBacks[Symbol.asyncDispose]();
  }

  #take(message: SmsMessage): void {
    this.audit.create(message.reference);
    this.#count += 1;
    this.#messages.push(message);
    if (this.#messages.length > MAX_MESSAGES * 1.1) this.#messages = this.#messages.slice(-MAX_MESSAGES);
    const url = message.receiptUrl ?? this.#settings.receiptUrl;
    const outcome = outcomeOf(message.to, this.#settings.outcome);
    if (url === undefined || outcome === 'none') return;
    this.#report(message, outcome, url);
  }

  /** One receipt after the other: the next is due when the one before it was posted. */
  #report(message: SmsMessage, outcome: Exclude<Outcome, 'by-number' | 'none'>, url: string): void {
    const { receiptDelayMs } = this.#settings;
    const at = new Date(Date.now() + receiptDelayMs);
    const [first, ...rest] = this.#dialect.receipts(message, outcome, at);
    const send = (receipt: ReceiptCall | undefined, following: readonly ReceiptCall[]) => {
      if (receipt === undefined) return;
      const call: PostBack = { url, headers: receipt.headers, body: receipt.body };
      this.#postBacks.later(receiptDelayMs, call, (status) => {
        message.receipts.push(`${receipt.description}: ${status ?? 'no answer'}`);
        const [next, ...others] = following;
        send(next, others);
      });
    };
    send(first, rest);
  }

  async #changeSettings(request: SimulatorRequest): Promise<Reply> {
    const isForm = request.method === 'POST';
    if (request.method !== 'PUT' && !isForm) return json(405, { message: 'Use GET, PUT or POST.' });
    // Imported when first needed: the schema library adds some 30 MB to the process.
    const { changeSettings, readSettingsForm } = await import('./provider-settings.ts');
    const changed = changeSettings(
      this.#settings,
      isForm ? readSettingsForm(request.body) : jsonBody(request),
    );
    if ('problems' in changed) return badRequest(changed.problems);
    this.#settings = changed.settings;
    return isForm ? seeOther(`/${this.#dialect.name}`) : json(200, this.#settings);
  }

  /** Passes a text from a phone on to the product, once; the answer says what came of it. */
  async #sendInbound(request: SimulatorRequest): Promise<Reply> {
    if (request.method !== 'POST') return json(405, { message: 'Post from, to and text.' });
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
    const fields = isForm ? Object.fromEntries(new URLSearchParams(request.body)) : jsonBody(request);
    const { from, to, text, id } = { ...(fields as Record<string, unknown> | undefined) };
    const url = this.#settings.inboundUrl;
    const problems = Object.entries({ from, to, text })
      .filter(([, value]) => typeof value !== 'string' || value === '')
      .map(([name]) => `${name} must be a text`);
    if (url === undefined)
      problems.push('The setting inboundUrl says where received texts go; it is not set.');
    if (problems.length > 0 || url === undefined) return badRequest(problems);
    const { headers, body } = this.#dialect.inbound({
      from: String(from),
      to: String(to),
      text: String(text),
      id: typeof id === 'string' ? id : randomUUID(),
      time: new Date(),
    });
    const { inboundUser, inboundPassword } = this.#settings;
    const authorization = `Basic ${Buffer.from(`${inboundUser}:${inboundPassword}`).toString('base64')}`;
    const answer = await this.#postBacks.now({ url, headers: { ...headers, authorization }, body });
    if (isForm) return sentInboundPage(this.#dialect, answer);
    return json(answer === undefined ? 502 : 200, { answer: answer ?? null });
  }
}

function outcomeOf(to: string, outcome: Outcome): Exclude<Outcome, 'by-number'> {
  if (outcome !== 'by-number') return outcome;
  if (to.endsWith('7700900003')) return 'temporary-failure';
  return to.endsWith('7700900002') ? 'permanent-failure' : 'delivered';
}
