/** How often one reference came, as `/audit` shows it. */
export interface AuditRow {
  readonly id: string;
  /** How many times the work was done; more than 1 is a duplicate that somebody noticed. */
  readonly created: number;
  /** How many further requests with the same reference were recognised and did nothing. */
  readonly changed: number;
  readonly deleted: number;
}

const MAX_REFERENCES = 1_000_000;

/** Counts work by reference, so that what was done twice shows. The latest million references are kept. */
export class ReferenceAudit {
  readonly #created = new Map<string, number>();
  readonly #repeated = new Map<string, number>();

  get size(): number {
    return this.#created.size;
  }

  has(reference: string): boolean {
    return this.#created.has(reference);
  }

  create(reference: string): void {
    this.#created.set(reference, (this.#created.get(reference) ?? 0) + 1);
    if (this.#created.size <= MAX_REFERENCES) return;
    const [oldest] = this.#created.keys();
    if (oldest === undefined) return;
    this.#created.delete(oldest);
    this.#repeated.delete(oldest);
  }

  repeat(reference: string): void {
    this.#repeated.set(reference, (this.#repeated.get(reference) ?? 0) + 1);
  }

  /** How many references were worked on more than once. */
  get duplicates(): number {
    let duplicates = 0;
    for (const created of this.#created.values()) if (created > 1) duplicates += 1;
    return duplicates;
  }

  *rows(): Generator<AuditRow> {
    for (const [id, created] of this.#created) {
      yield { id, created, changed: this.#repeated.get(id) ?? 0, deleted: 0 };
    }
  }

  clear(): void {
    this.#created.clear();
    this.#repeated.clear();
  }
}
