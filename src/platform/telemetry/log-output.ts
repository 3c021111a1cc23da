import { pino } from 'pino';

/** Where the lines of a process go. Whoever writes hands over whole lines, so that none is torn by another's. */
export interface LogOutput {
  write(lines: string): void;
}

/** Standard output, written in the background: a slow reader does not stop the process. */
export function createLogOutput(): LogOutput {
  return pino.destination({ fd: 1, sync: false, minLength: 0 });
}
