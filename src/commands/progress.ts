/** Progress for people: one line redrawn on a terminal, a plain line now and then elsewhere, nothing with --json. */
export interface ProgressLine {
  update(stage: string, done: number, total: number, extra?: string): void;
  /** Ends the current line. */
  finish(): void;
}

const BAR_CELLS = 24;
const REDRAW_MS = 100;
const PLAIN_LINE_MS = 2_000;

export function createProgressLine(options: { isQuiet: boolean; stream?: NodeJS.WriteStream }): ProgressLine {
  const stream = options.stream ?? process.stderr;
  if (options.isQuiet) return { update: () => undefined, finish: () => undefined };
  let lastAt = 0;
  let current = '';
  const write = (line: string): void => {
    stream.write(stream.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
  };
  return {
    update: (stage, done, total, extra = '') => {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const filled = Math.round(share * BAR_CELLS);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
      const percent = `${Math.floor(share * 100)}%`.padStart(4);
      current = `${stage.padEnd(12)} ${bar} ${percent}  ${done.toLocaleString('en-GB')} of ${total.toLocaleString('en-GB')}  ${extra}`;
      const now = Date.now();
      if (now - lastAt < (stream.isTTY ? REDRAW_MS : PLAIN_LINE_MS)) return;
      lastAt = now;
      write(current);
    },
    finish: () => {
      if (current === '') return;
      write(current);
      if (stream.isTTY) stream.write('\n');
      current = '';
      lastAt = 0;
    },
  };
}
