// Just enough of the ustar format for a cluster: folders and plain files with short names, as any `tar` reads them.
import type { Readable } from 'node:stream';

export interface TarEntry {
  /** Relative, with forward slashes. */
  name: string;
  kind: 'file' | 'folder';
  size: number;
}

const BLOCK = 512;

export function tarHeader(entry: TarEntry): Buffer {
  const { name, prefix } = splitName(entry.name);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, 'utf8');
  header.write(entry.kind === 'folder' ? '0000700\0' : '0000600\0', 100, 'ascii');
  header.write('0000000\0', 108, 'ascii');
  header.write('0000000\0', 116, 'ascii');
  header.write(`${entry.size.toString(8).padStart(11, '0')}\0`, 124, 'ascii');
  header.write('00000000000\0', 136, 'ascii');
  header.write('        ', 148, 'ascii');
  header.write(entry.kind === 'folder' ? '5' : '0', 156, 'ascii');
  header.write('ustar\x0000', 257, 'ascii');
  header.write(prefix, 345, 155, 'utf8');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return header;
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** Reads an archive entry by entry; each entry's `content` has to be consumed before the next is asked for. */
export async function* readTar(
  archive: Readable,
): AsyncGenerator<TarEntry & { content: AsyncGenerator<Buffer> }> {
  const source = new ByteSource(archive);
  for (;;) {
    const header = await source.take(BLOCK);
    if (header === undefined) throw new Error('The archive ends too early: it was not written completely.');
    if (header.every((byte) => byte === 0)) return;
    const entry = parseHeader(header);
    yield { ...entry, content: source.stream(entry.size) };
    await source.skip(tarPadding(entry.size).length);
  }
}

function parseHeader(header: Buffer): TarEntry {
  const expected = Number.parseInt(text(header, 148, 8), 8);
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== expected) throw new Error('The archive is damaged: the checksum of an entry does not match.');
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100).replace(/\/$/, '');
  return {
    name: prefix ? `${prefix}/${name}` : name,
    kind: text(header, 156, 1) === '5' ? 'folder' : 'file',
    size: Number.parseInt(text(header, 124, 12), 8),
  };
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end).trim();
}

function splitName(name: string): { name: string; prefix: string } {
  if (Buffer.byteLength(name) <= 100) return { name, prefix: '' };
  const cut = name.lastIndexOf('/', 155);
  const parts = { prefix: name.slice(0, cut), name: name.slice(cut + 1) };
  if (cut < 1 || Buffer.byteLength(parts.name) > 100)
    throw new Error(`The file name ${name} is too long for the archive.`);
  return parts;
}

class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(archive: Readable) {
    this.#chunks = archive[Symbol.asyncIterator]();
  }

  async take(size: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(size, true)) parts.push(part);
    const bytes = Buffer.concat(parts);
    return bytes.length === size ? bytes : undefined;
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.stream(size));
  }

  async *stream(size: number, mayEnd = false): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) {
          if (mayEnd) return;
          throw new Error('The archive ends too early: it was not written completely.');
        }
        this.#rest = next.value;
        continue;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
