/** One line redrawn on a terminal, a plain line now and then elsewhere. */
export interface ProgressBar {
  update(done: number, total: number, extra: string): void;
  finish(): void;
}

const CELLS = 24;
const PLAIN_LINE_MS = 5_000;

export function createProgressBar(label: string, print: (line: string) => void): ProgressBar {
  const { stderr } = process;
  let lastAt = 0;
  return {
    update(done, total, extra) {
      // Until the total is known nothing is done.
      const share = total === 0 ? 0 : Math.min(1, done / total);
      const filled = Math.round(share * CELLS);
      const bar = `${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)}`;
      const counts = `${done.toLocaleString('en-GB')} of ${total.toLocaleString('en-GB')}`;
      const line = `${label} ${bar} ${String(Math.floor(share * 100)).padStart(3)}%  ${counts}  ${extra}`;
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${line}`);
      else if (Date.now() - lastAt >= PLAIN_LINE_MS) {
        lastAt = Date.now();
        print(line);
      }
    },
    finish() {
      if (stderr.isTTY) stderr.write('\n');
    },
  };
}
