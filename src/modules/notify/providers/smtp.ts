import type { Clock } from '#platform/telemetry';
import { composeMime } from './mime.ts';
import type { EmailProvider, OutgoingEmail, SendOutcome } from './provider.ts';
import { SmtpConnection, SmtpConnectionError, type SmtpTarget } from './smtp-connection.ts';

export interface SmtpConfig {
  /** `smtp:` or `smtps:`, with user and password where the server wants them. */
  url: string;
  connections: number;
  /** Give user and password to a server that offers no TLS, too. */
  allowsAuthInClear?: boolean;
  clock: Clock;
  replyTimeoutMs?: number;
}

const IDLE_MS = 20_000;

/**
 * A mail server over kept connections. It reports nothing back and two messages with one Message-ID are two, so a
 * message whose outcome is unknown is sent at most once more.
 */
export function createSmtp(config: SmtpConfig): EmailProvider {
  const target = { ...readTarget(config.url), allowsAuthInClear: config.allowsAuthInClear };
  const idle: { connection: SmtpConnection; since: number }[] = [];
  const waiting: (() => void)[] = [];
  let inUse = 0;

  const acquire = async (): Promise<SmtpConnection> => {
    if (inUse >= config.connections) await new Promise<void>((resolve) => waiting.push(resolve));
    else inUse += 1;
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      if (kept.connection.isOpen && performance.now() - kept.since < IDLE_MS) return kept.connection;
      kept.connection.close();
    }
    const connection = new SmtpConnection(target, config);
    try {
      await connection.open();
      return connection;
    } catch (error) {
      connection.close();
      pass();
      throw error;
    }
  };
  /** Hands the turn to whoever waits longest. */
  const pass = () => {
    const next = waiting.shift();
    if (next) next();
    else inUse -= 1;
  };
  const release = (connection: SmtpConnection) => {
    if (connection.isOpen) idle.push({ connection, since: performance.now() });
    pass();
  };

  const sendOnce = async (message: OutgoingEmail, body: Buffer): Promise<SendOutcome> => {
    try {
      const connection = await acquire();
      try {
        return await connection.send({ from: message.from.address, to: message.to }, body);
      } finally {
        release(connection);
      }
    } catch (error) {
      if (error instanceof SmtpConnectionError) return { kind: 'failed', reason: error.message };
      throw error;
    }
  };

  return {
    name: 'smtp',
    channel: 'email',
    honoursReferences: false,
    acceptanceIsDelivery: true,
    send: async (message) => {
      const domain = message.from.address.slice(message.from.address.lastIndexOf('@') + 1);
      const messageId = `${message.notificationId}@${domain}`;
      const body = composeMime(message, { messageId, date: config.clock.now() });
      const outcome = await sendOnce(message, body);
      // A kept connection that the server closed meanwhile tells nothing about the server now.
      const isStale = outcome.kind === 'failed' && outcome.reason === 'connection closed';
      return isStale ? sendOnce(message, body) : outcome;
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
