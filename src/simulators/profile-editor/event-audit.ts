import { EVENT_KINDS, type EventKind } from './event-plan.ts';
import type { AnsweredEvent } from './sender.ts';

/** One event sent, as a checker compares it with what the directory stored. */
export interface AuditRow {
  readonly odsCode: string;
  readonly sequenceNumber: number;
  readonly correlationId: string;
  readonly kind: EventKind;
  readonly version: number;
  /** The last answer; null when no attempt got one. */
  readonly status: number | null;
  readonly attempts: number;
  readonly answeredAt: string;
}

const BLOCK_ROWS = 16_384;
const COLUMNS = 6;
const MAX_ROWS = 2_000_000;

interface Block {
  used: number;
  readonly correlationIds: string[];
  /** Row by row: code index, sequence number, kind and version, status, attempts, answered at. */
  readonly numbers: Float64Array;
}

/**
 * Every event sent, the latest two million, oldest first. Numbers stand in typed arrays and codes are kept once: a
 * row costs about 100 bytes, a third of what an object of the same members would.
 */
export class EventAudit {
  #blocks: Block[] = [];
  readonly #codes: string[] = [];
  readonly #codeIndexes = new Map<string, number>();

  get size(): number {
    return this.#blocks.reduce((sum, block) => sum + block.used, 0);
  }

  add(event: AnsweredEvent): void {
    let block = this.#blocks.at(-1);
    if (!block || block.used === BLOCK_ROWS) {
      block = { used: 0, correlationIds: [], numbers: new Float64Array(BLOCK_ROWS * COLUMNS) };
      this.#blocks.push(block);
      if (this.#blocks.length * BLOCK_ROWS > MAX_ROWS + BLOCK_ROWS) this.#blocks.shift();
    }
    const kindAndVersion = event.version * EVENT_KINDS.length + EVENT_KINDS.indexOf(event.kind);
    const code = this.#codeIndex(event.odsCode);
    const row = [
      code,
      event.sequenceNumber,
      kindAndVersion,
      event.status ?? 0,
      event.attempts,
      event.answeredAt,
    ];
    block.numbers.set(row, block.used * COLUMNS);
    block.correlationIds.push(event.correlationId);
    block.used += 1;
  }

  *rows(): Generator<AuditRow> {
    for (const block of this.#blocks.slice()) {
      for (let row = 0; row < block.used; row += 1) yield this.#row(block, row);
    }
  }

  clear(): void {
    this.#blocks = [];
  }

  #row(block: Block, row: number): AuditRow {
    const [code = 0, sequenceNumber = 0, kindAndVersion = 0, status = 0, attempts = 0, answeredAt = 0] =
      block.numbers.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    return {
      odsCode: this.#codes[code] ?? '',
      sequenceNumber,
      correlationId: block.correlationIds[row] ?? '',
      kind: EVENT_KINDS[kindAndVersion % EVENT_KINDS.length] ?? 'changed',
      version: Math.floor(kindAndVersion / EVENT_KINDS.length),
      status: status === 0 ? null : status,
      attempts,
      answeredAt: new Date(answeredAt).toISOString(),
    };
  }

  #codeIndex(odsCode: string): number {
    const known = this.#codeIndexes.get(odsCode);
    if (known !== undefined) return known;
    this.#codeIndexes.set(odsCode, this.#codes.length);
    return this.#codes.push(odsCode) - 1;
  }
}
