import { type Logger, pino } from 'pino';
import { createLogOutput, type LogOutput } from './log-output.ts';

export type { Logger };

/**
 * JSON lines on standard output. Messages are constant strings and facts are fields; children are named by
 * `log.child({ subsystem })`. Fields that could carry a secret are replaced whatever object they come in.
 */
export function createLogger(options: {
  level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  name: string;
  destination?: LogOutput;
}): Logger {
  return pino(
    {
      name: options.name,
      level: options.level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      redact: {
        paths: ['password', '*.password', 'headers.authorization', 'headers["x-api-key"]', 'headers.cookie'],
        censor: '[redacted]',
      },
    },
    options.destination ?? createLogOutput(),
  );
}

/** The parts of an error that help; drivers hang whole connections on theirs. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
