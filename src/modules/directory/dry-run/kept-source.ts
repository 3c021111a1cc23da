import { text as textOf } from 'node:stream/consumers';
import { HttpError } from '#platform/http';
import { odsCodeOf } from '../change-events/change-event.ts';
import type { DirectoryContext } from '../context.ts';
import { selectNewestEvents } from './dry-run-queries.ts';
import {
  formatSourceLine,
  readSourceEvent,
  readSourceLines,
  type SourceEvent,
  splitObjects,
} from './event-source.ts';

const STORED_PAGE = 500;

/**
 * Keeps the events of a source as a blob, one on each line and without staff data, and which of them another one of the
 * same ODS code replaces. Returns the blob's key. Throws an HttpError 400 for a source without events.
 */
export async function keepSource(
  ctx: DirectoryContext,
  id: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<string> {
  const key = `directory/dry-runs/${id}/events.jsonl`;
  const newest = new Map<string, { line: number; sequenceNumber: bigint | null }>();
  const superseded: number[] = [];
  let line = 0;
  async function* lines(): AsyncGenerator<Uint8Array> {
    let pending = '';
    for await (const text of splitObjects(bytes)) {
      line += 1;
      const event = readSourceEvent(text, line);
      noteNewest(event, newest, superseded);
      pending += formatSourceLine(event);
      if (pending.length < 262_144) continue;
      yield Buffer.from(pending);
      pending = '';
    }
    if (pending !== '') yield Buffer.from(pending);
  }
  await ctx.blobs.put(key, lines(), { contentType: 'application/jsonl' });
  if (line === 0) {
    await ctx.blobs.delete(key);
    throw new HttpError(
      400,
      'empty_source',
      'The source holds no event: send JSON objects, one after another',
    );
  }
  await ctx.blobs.put(supersededKey(key), JSON.stringify(superseded), { contentType: 'application/json' });
  return key;
}

/** Without numbers, or with equal ones, what comes later in the source is newer. */
function noteNewest(
  { line, sequenceNumber, content }: SourceEvent,
  newest: Map<string, { line: number; sequenceNumber: bigint | null }>,
  superseded: number[],
): void {
  const odsCode = 'event' in content ? odsCodeOf(content.event) : null;
  if (odsCode === null) return;
  const number = sequenceNumber === null ? null : BigInt(sequenceNumber);
  const known = newest.get(odsCode);
  const isOlder =
    known !== undefined && number !== null && known.sequenceNumber !== null && number < known.sequenceNumber;
  if (isOlder) superseded.push(line);
  else {
    if (known) superseded.push(known.line);
    newest.set(odsCode, { line, sequenceNumber: number });
  }
}

/** The kept events after line `after`, and the lines that others replace. */
export async function readKeptSource(
  ctx: DirectoryContext,
  key: string,
  after = 0,
): Promise<{ events: AsyncGenerator<SourceEvent>; superseded: Set<number> }> {
  const [source, list] = [await ctx.blobs.get(key), await ctx.blobs.get(supersededKey(key))];
  if (!source || !list) {
    source?.stream.destroy();
    list?.stream.destroy();
    throw new Error(`The source ${key} of the dry run is gone`);
  }
  // Written by keepSource above.
  const superseded = new Set(JSON.parse(await textOf(list.stream)) as number[]);
  return { events: readSourceLines(source.stream, after), superseded };
}

export async function deleteSource(ctx: DirectoryContext, key: string): Promise<void> {
  await ctx.blobs.delete(key);
  await ctx.blobs.delete(supersededKey(key));
}

/** The newest stored event of every ODS code: what a replay of everything would apply. */
export async function* readStoredEvents(ctx: DirectoryContext): AsyncGenerator<SourceEvent> {
  let after = '';
  for (let line = 0; ; ) {
    const page = await selectNewestEvents(ctx.db.kysely, { after, limit: STORED_PAGE });
    for (const { sequenceNumber, event } of page) {
      line += 1;
      yield { ...readSourceEvent(event, line), sequenceNumber };
    }
    after = page.at(-1)?.odsCode ?? after;
    if (page.length < STORED_PAGE) return;
  }
}

function supersededKey(key: string): string {
  return key.replace(/events\.jsonl$/, 'superseded.json');
}
