// What every provider must do, against servers that behave in each way there is.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createOutgoingCalls } from '#platform/http';
import { createLogger, createMetrics, createTracer } from '#platform/telemetry';
import { answerJson, breakOff, type FakeProvider, startFakeProvider } from '../testing/fake-provider.ts';
import { createFiretext } from './firetext.ts';
import { createHttpSms } from './http-sms.ts';
import { createMmg } from './mmg.ts';
import type { OutgoingEmail, OutgoingSms, SmsProvider } from './provider.ts';
import { createSes } from './ses.ts';
import { createSmtp, type SmtpConfig } from './smtp.ts';
import { createTurns, inTurns } from './turns.ts';

const log = createLogger({ level: 'silent', name: 'test' });
const outgoing = createOutgoingCalls({
  metrics: createMetrics(),
  tracer: createTracer({ endpoint: undefined, serviceName: 'test', log }),
});
const unstopped = new AbortController().signal;
const options = { correlationId: 'c', signal: unstopped, stopping: unstopped };
const sms: OutgoingSms = {
  notificationId: '01900000-0000-4000-8000-000000000001',
  to: '447700900123',
  from: 'PIGEONS',
  content: 'Hello £5 & more',
  isInternational: false,
};
const email: OutgoingEmail = {
  notificationId: sms.notificationId,
  from: { name: 'Pigeön "Affairs"', address: 'pigeons@notify.tools' },
  to: 'ann@example.test',
  replyTo: 'replies@example.test',
  subject: 'Your pigeon flew – again\r\nBcc: x',
  text: 'Hello\n.\n.dot',
  html: '<p>Hello</p>',
  unsubscribeUrl: 'https://www.example.test/u',
};

const never = () => undefined;
/** Answers begin and then come byte by byte, for ever. */
const drip = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};
const huge = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.on('error', never);
  response.end(Buffer.alloc(4 * 1024 * 1024, ' '));
};

describe('text message providers', () => {
  let server: FakeProvider;
  before(async () => {
    server = await startFakeProvider();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await outgoing[Symbol.asyncDispose]();
  });

  const base = {
    receiptUrl: 'https://notify.test/r',
    receiptCredentials: { user: 'u', password: 'p' },
    timeoutMs: 1_000,
  };
  const make: Record<string, (url: string) => SmsProvider> = {
    mmg: (url) => createMmg(outgoing, { ...base, url, apiKey: 'key' }),
    firetext: (url) =>
      createFiretext(outgoing, { ...base, url, apiKey: 'key', internationalApiKey: 'abroad' }),
    'http-sms': (url) => createHttpSms(outgoing, { url, token: 'token', timeoutMs: 1_000 }),
  };
  const taken: Record<string, object> = { mmg: { Reference: 1 }, firetext: { code: 0 }, 'http-sms': {} };

  for (const [name, create] of Object.entries(make)) {
    it(`${name} says what became of a message`, async () => {
      const provider = create(server.url);
      assert.equal(provider.name, name);
      const kindOf = async (answer: FakeProvider['answers'][number]) => {
        server.answers.push(answer);
        return (await provider.send(sms, options)).kind;
      };
      assert.equal(await kindOf(answerJson(200, taken[name])), 'accepted');
      assert.equal(await kindOf(answerJson(500, {})), 'failed');
      assert.equal(await kindOf(answerJson(503, {})), 'failed');
      assert.equal(await kindOf(answerJson(429, {}, { 'retry-after': '3600' })), 'failed');
      assert.equal(await kindOf(answerJson(302, {}, { location: `${server.url}/elsewhere` })), 'failed');
      assert.equal(server.calls.at(-1)?.path, '/');
      assert.equal(await kindOf(breakOff), 'unknown');
      assert.equal(await kindOf(huge), 'unknown');
      assert.deepEqual(await Promise.all([kindOf(never), kindOf(drip)]), ['unknown', 'unknown']);
      assert.equal((await create('http://127.0.0.1:1').send(sms, options)).kind, 'failed');
    });
  }

  it('are asked by so many calls at a time, and not at all by a worker that stops', async () => {
    const answers: (() => void)[] = [];
    server.answers.push(
      ...[1, 2].map(() => (response: ServerResponse) => {
        answers.push(() => answerJson(200, taken.mmg)(response));
      }),
    );
    server.calls.length = 0;
    const provider = inTurns(create('mmg'), createTurns(1, { waitMs: 60_000 }));
    const stopping = new AbortController();
    const send = (stopping = unstopped) =>
      provider.channel === 'sms' ? provider.send(sms, { ...options, stopping }) : undefined;
    const [first, second, third] = [send(), send(), send(stopping.signal)];
    stopping.abort();
    assert.deepEqual(await third, { kind: 'not_tried', reason: 'too many calls at once' });
    while (answers.length < 1) await setImmediate();
    assert.equal(server.calls.length, 1);
    answers.shift()?.();
    assert.equal((await first)?.kind, 'accepted');
    while (answers.length < 1) await setImmediate();
    answers.shift()?.();
    assert.equal((await second)?.kind, 'accepted');
    const impatient = createTurns(1, { waitMs: 10 });
    assert.equal(await impatient.take(unstopped), true);
    assert.equal(await impatient.take(unstopped), false);
  });

  it('Firetext gets a form, with the other key for numbers abroad, and says no in a code', async () => {
    const provider = create('firetext');
    server.calls.length = 0;
    server.answers.push(answerJson(200, { code: 0 }), answerJson(200, { code: 2 }));
    await provider.send(sms, options);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(server.calls[0]?.body)), {
      apiKey: 'key',
      from: 'PIGEONS',
      to: '447700900123',
      message: 'Hello £5 & more',
      reference: sms.notificationId,
      receipt: 'https://u:p@notify.test/r',
    });
    assert.equal((await provider.send({ ...sms, isInternational: true }, options)).kind, 'failed');
    assert.equal(new URLSearchParams(server.calls[1]?.body).get('apiKey'), 'abroad');
  });

  it('the open provider gets our id as idempotency key and may know a message or refuse it', async () => {
    const provider = create('http-sms');
    server.calls.length = 0;
    server.answers.push(answerJson(409, {}), answerJson(422, {}), answerJson(429, {}));
    assert.equal((await provider.send(sms, options)).kind, 'accepted');
    assert.equal(server.calls[0]?.headers['idempotency-key'], sms.notificationId);
    assert.equal(server.calls[0]?.headers.authorization, 'Bearer token');
    assert.equal((await provider.send(sms, options)).kind, 'refused');
    assert.equal((await provider.send(sms, options)).kind, 'failed');
  });

  it('reports become statuses', () => {
    const [mmg, firetext] = [create('mmg'), create('firetext')];
    const mapped = ['2', '3', '4', '5', '9'].map((status) => mmg.mapReceipt({ status }, 'sending'));
    assert.deepEqual(mapped, [
      'permanent-failure',
      'delivered',
      'temporary-failure',
      'permanent-failure',
      undefined,
    ]);
    assert.equal(mmg.explainDetail({ status: '4', detail: '27' }), 'Absent Subscriber');
    const of = (status: string, detail?: string, current: 'sending' | 'pending' = 'sending') =>
      firetext.mapReceipt({ status, ...(detail === undefined ? {} : { detail }) }, current);
    assert.deepEqual(
      [of('0'), of('1'), of('2'), of('7')],
      ['delivered', 'permanent-failure', 'pending', undefined],
    );
    assert.equal(of('1', undefined, 'pending'), 'temporary-failure');
    assert.equal(of('1', '777', 'pending'), 'temporary-failure');
    for (const code of ['000', '102', '103', '104', '302', '900'])
      assert.equal(of('1', code), 'temporary-failure');
    for (const code of ['101', '201', '301', '401'])
      assert.equal(of('1', code, 'pending'), 'permanent-failure');
  });

  const create = (name: 'mmg' | 'firetext' | 'http-sms') => {
    const maker = make[name];
    assert.ok(maker);
    return maker(server.url);
  };

  it('SES takes a message by its API and says what became of it', async () => {
    const provider = createSes(outgoing, {
      url: server.url,
      region: 'eu-west-2',
      accessKeyId: 'AKIATEST',
      secretAccessKey: 'secret',
    });
    server.calls.length = 0;
    server.answers.push(answerJson(200, { MessageId: 'ses-1' }));
    assert.deepEqual(await provider.send(email, options), { kind: 'accepted', reference: 'ses-1' });
    const [call] = server.calls;
    assert.equal(call?.path, '/v2/email/outbound-emails');
    assert.match(String(call?.headers.authorization), /^AWS4-HMAC-SHA256 Credential=AKIATEST\//);
    const sent = JSON.parse(call?.body ?? '');
    assert.deepEqual(sent.Destination, { ToAddresses: ['ann@example.test'] });
    assert.deepEqual(sent.ReplyToAddresses, ['replies@example.test']);
    assert.deepEqual(sent.Content.Simple.Headers[0], {
      Name: 'List-Unsubscribe',
      Value: '<https://www.example.test/u>',
    });
    const kindOf = async (answer: FakeProvider['answers'][number]) => {
      server.answers.push(answer);
      return (await provider.send(email, options)).kind;
    };
    assert.equal(await kindOf(answerJson(400, {}, { 'x-amzn-errortype': 'BadRequestException' })), 'refused');
    assert.equal(
      await kindOf(answerJson(429, {}, { 'x-amzn-errortype': 'TooManyRequestsException' })),
      'failed',
    );
    assert.equal(await kindOf(answerJson(500, {})), 'failed');
    assert.equal(await kindOf(breakOff), 'unknown');
    assert.equal(await kindOf(huge), 'unknown');
  });
});

describe('SMTP', () => {
  /** A mail server that answers each line as told; `reply` gets the line and what came before. */
  const startMailServer = async (reply: (line: string, socket: Socket) => string | undefined) => {
    const received: string[] = [];
    const server: Server = createServer((socket) => {
      socket.on('error', never);
      socket.write('220 test\r\n');
      let buffered = '';
      let isData = false;
      socket.on('data', (chunk) => {
        buffered += chunk.toString();
        for (let end = buffered.indexOf('\r\n'); end !== -1; end = buffered.indexOf('\r\n')) {
          const line = buffered.slice(0, end);
          buffered = buffered.slice(end + 2);
          received.push(line);
          if (isData && line !== '.') continue;
          const answer = reply(line, socket);
          isData = answer?.startsWith('354') ?? false;
          if (answer !== undefined) socket.write(`${answer}\r\n`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, received, [Symbol.asyncDispose]: async () => void server.close() };
  };
  const plain = (line: string) =>
    line.startsWith('EHLO') ? '250-test\r\n250 PIPELINING' : line === 'DATA' ? '354 go' : '250 ok';
  const sendTo = async (url: string, more: Partial<SmtpConfig> = {}) => {
    const provider = createSmtp({
      url,
      connections: 1,
      clock: { now: () => new Date(0) },
      replyTimeoutMs: 1_000,
      ...more,
    });
    const outcome = await provider.send(email, options);
    await provider[Symbol.asyncDispose]?.();
    return outcome.kind;
  };

  it('sends a message whose headers cannot be added to and whose dots arrive', async () => {
    await using server = await startMailServer(plain);
    assert.equal(await sendTo(server.url), 'accepted');
    const text = server.received.join('\n');
    assert.match(text, /MAIL FROM:<pigeons@notify\.tools>\nRCPT TO:<ann@example\.test>\nDATA/);
    assert.match(text, /Message-ID: <01900000-0000-4000-8000-000000000001@notify\.tools>/);
    assert.ok(!/^Bcc:/m.test(text));
    assert.match(text, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
    assert.ok(text.includes(Buffer.from('Hello\r\n.\r\n.dot').toString('base64')));
  });

  it('knows what the server cannot have from what it may have', async () => {
    const cases: [string, (line: string, socket: Socket) => string | undefined, string][] = [
      ['busy at RCPT', (line) => (line.startsWith('RCPT') ? '451 later' : plain(line)), 'failed'],
      ['no such person', (line) => (line.startsWith('RCPT') ? '550 no' : plain(line)), 'refused'],
      ['too large', (line) => (line === '.' ? '552 no' : plain(line)), 'refused'],
      ['busy at the end', (line) => (line === '.' ? '451 later' : plain(line)), 'failed'],
      [
        'gone before the text',
        (line, socket) => (line === 'DATA' ? void socket.destroy() : plain(line)),
        'failed',
      ],
      [
        'gone after the text',
        (line, socket) => (line === '.' ? void socket.destroy() : plain(line)),
        'unknown',
      ],
      ['silent after the text', (line) => (line === '.' ? undefined : plain(line)), 'unknown'],
      ['closing', (line) => (line.startsWith('MAIL') ? '421 bye' : plain(line)), 'failed'],
      [
        'without end',
        (line) => (line.startsWith('EHLO') ? '250-more\r\n'.repeat(1_100) : plain(line)),
        'failed',
      ],
    ];
    for (const [name, reply, kind] of cases) {
      await using server = await startMailServer(reply);
      assert.equal(await sendTo(server.url), kind, name);
    }
    assert.equal(await sendTo('smtp://127.0.0.1:1'), 'failed');
  });

  it('ends a conversation that drips, and asks nothing while no connection is free', async () => {
    const dripAt = (command: string) => (line: string, socket: Socket) => {
      if (line !== command && !line.startsWith(`${command} `)) return plain(line);
      const timer = setInterval(() => socket.write('250-and\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
      return undefined;
    };
    const patient = { replyTimeoutMs: 60_000, conversationMs: 300 };
    for (const [command, kind] of [
      ['EHLO', 'failed'],
      ['.', 'unknown'],
    ] as const) {
      await using server = await startMailServer(dripAt(command));
      assert.equal(await sendTo(server.url, patient), kind, command);
    }
    await using server = await startMailServer(dripAt('DATA'));
    const provider = createSmtp({
      ...patient,
      url: server.url,
      connections: 1,
      clock: { now: () => new Date(0) },
      waitMs: 50,
    });
    const outcomes = await Promise.all([provider.send(email, options), provider.send(email, options)]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['failed', 'not_tried'],
    );
    assert.equal(server.received.filter((line) => line === 'DATA').length, 1);
    await provider[Symbol.asyncDispose]?.();
  });
});
