import type { Clock } from '#platform/telemetry';
import { composeMime } from './mime.ts';
import type { EmailProvider, OutgoingEmail, SendOutcome } from './provider.ts';
import { SmtpConnection, SmtpConnectionError, type SmtpTarget } from './smtp-connection.ts';
import { createTurns } from './turns.ts';

export interface SmtpConfig {
  /** `smtp:` or `smtps:`, with user and password where the server wants them. */
  url: string;
  connections: number;
  /** Give user and password to a server that offers no TLS, too. */
  allowsAuthInClear?: boolean;
  clock: Clock;
  replyTimeoutMs?: number;
  waitMs?: number;
  conversationMs?: number;
}

const IDLE_MS = 20_000;
/** For a free connection; then the message was not tried. */
const WAIT_MS = 20_000;
/** A server that drips must not hold a message for longer than its task may run. */
const CONVERSATION_MS = 40_000;

/**
 * A mail server over kept connections. It reports nothing back and two messages with one Message-ID are two, so a
 * message whose outcome is unknown is sent at most once more.
 */
export function createSmtp(config: SmtpConfig): EmailProvider {
  const target = { ...readTarget(config.url), allowsAuthInClear: config.allowsAuthInClear };
  const turns = createTurns(config.connections, { waitMs: config.waitMs ?? WAIT_MS });
  const idle: { connection: SmtpConnection; since: number }[] = [];

  const takeIdle = (): SmtpConnection | undefined => {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      if (kept.connection.isOpen && performance.now() - kept.since < IDLE_MS) return kept.connection;
      kept.connection.close();
    }
    return undefined;
  };

  const sendOnce = async (
    message: OutgoingEmail,
    body: Buffer,
    stopping: AbortSignal,
  ): Promise<SendOutcome> => {
    if (!(await turns.take(stopping))) return { kind: 'not_tried', reason: 'no connection is free' };
    const connection = takeIdle() ?? new SmtpConnection(target, config);
    const timer = setTimeout(() => connection.giveUp(), config.conversationMs ?? CONVERSATION_MS);
    try {
      if (!connection.isOpen) await connection.open();
      return await connection.send({ from: message.from.address, to: message.to }, body);
    } catch (error) {
      connection.close();
      if (error instanceof SmtpConnectionError) return { kind: 'failed', reason: error.message };
      throw error;
    } finally {
      clearTimeout(timer);
      if (connection.isOpen) idle.push({ connection, since: performance.now() });
      turns.pass();
    }
  };

  return {
    name: 'smtp',
    channel: 'email',
    honoursReferences: false,
    acceptanceIsDelivery: true,
    send: async (message, { stopping }) => {
      const domain = message.from.address.slice(message.from.address.lastIndexOf('@') + 1);
      const messageId = `${message.notificationId}@${domain}`;
      const body = composeMime(message, { messageId, date: config.clock.now() });
      const outcome = await sendOnce(message, body, stopping);
      // A kept connection that the server closed meanwhile tells nothing about the server now.
      const isStale = outcome.kind === 'failed' && outcome.reason === 'connection closed';
      return isStale ? sendOnce(message, body, stopping) : outcome;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { connection } of idle) connection.close();
    },
  };
}

function readTarget(text: string): SmtpTarget {
  const url = new URL(text);
  const isSecure = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 465 : 25)),
    isSecure,
    ...(url.username === ''
      ? {}
      : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }),
  };
}
