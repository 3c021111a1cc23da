import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { readRows } from '#platform/files';
import { CommandRefusal, type ModuleCommand } from '#platform/module';
import { bulkLoad, type RowReport } from '../bulk/bulk-load.ts';
import type { PartiesContext } from '../context.ts';

/** `signalbox parties load <file>`: teams and products from CSV or JSON lines, with a report of every row. */
export function loadCommand(ctx: PartiesContext): ModuleCommand {
  return {
    name: 'load',
    summary: 'Create the teams and products of a CSV or JSON lines file, and report on every row',
    positionals: [
      { name: 'file', description: 'A .csv with a heading, or .jsonl with an object on each line' },
    ],
    options: {
      report: {
        type: 'string',
        description: 'Where the report goes, a JSON line for each row; <file>.report.jsonl without it',
      },
      id: {
        type: 'string',
        description:
          'Name of the load; the same name goes on where it stopped (the hash of the file without it)',
      },
    },
    run: async (values, print) => {
      const file = String(values.file);
      if (!existsSync(file)) throw new CommandRefusal(`There is no file ${file}`, 2);
      if (!/\.(csv|jsonl|ndjson)$/i.test(file))
        throw new CommandRefusal('The file must end in .csv, .jsonl or .ndjson', 2);
      const id = typeof values.id === 'string' ? values.id : await hashOf(file);
      const reportFile = typeof values.report === 'string' ? values.report : `${file}.report.jsonl`;
      const report = createWriteStream(reportFile, { flags: 'a' });
      const startedAt = performance.now();
      try {
        const result = await bulkLoad(ctx, {
          id,
          rows: readRows(file),
          application: 'bulk load',
          onChunk: async (rows, progress) => {
            if (!report.write(reportText(rows))) await once(report, 'drain');
            print(
              `${progress.rowsDone} rows: ${progress.created} created, ${progress.refused} refused, ${rate(progress.rowsDone, startedAt)} rows/s`,
            );
          },
        });
        const { rowsDone: rows, created, refused } = result;
        print(`Load ${id} is complete: ${created} created, ${refused} refused. Report: ${reportFile}`);
        return { id, rows, created, refused, report: reportFile };
      } finally {
        report.end();
        await once(report, 'close');
      }
    },
  };
}

function reportText(rows: RowReport[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function rate(rows: number, startedAt: number): number {
  return Math.round((rows * 1_000) / Math.max(1, performance.now() - startedAt));
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex').slice(0, 32);
}
