import { inflateRawSync } from 'node:zlib';

/** A file that is no archive, or one that would not end. */
export class ZipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ZipError';
  }
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
/** Spreadsheets of 100,000 rows are a tenth of it. */
const MOST_BYTES = 400 * 1024 * 1024;
const STORED = 0;
const DEFLATED = 8;

/** The files of an archive by name, inflated when asked for. Throws ZipError for what is none. */
export function openZip(bytes: Buffer): { names: string[]; read(name: string): Buffer | undefined } {
  const entries = readDirectory(bytes);
  let left = MOST_BYTES;
  return {
    names: [...entries.keys()],
    read(name) {
      const entry = entries.get(name);
      if (!entry) return undefined;
      const content = inflate(bytes, entry, left);
      left -= content.length;
      return content;
    },
  };
}

interface Entry {
  method: number;
  compressedBytes: number;
  offset: number;
}

function readDirectory(bytes: Buffer): Map<string, Entry> {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let place = bytes.readUInt32LE(end + 16);
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index += 1) {
    if (place + 46 > bytes.length || bytes.readUInt32LE(place) !== ENTRY) {
      throw new ZipError('The directory of the archive is damaged');
    }
    const nameBytes = bytes.readUInt16LE(place + 28);
    const name = bytes.toString('utf8', place + 46, place + 46 + nameBytes);
    entries.set(name, {
      method: bytes.readUInt16LE(place + 10),
      compressedBytes: bytes.readUInt32LE(place + 20),
      offset: bytes.readUInt32LE(place + 42),
    });
    place += 46 + nameBytes + bytes.readUInt16LE(place + 30) + bytes.readUInt16LE(place + 32);
  }
  return entries;
}

function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT);
  for (let place = bytes.length - END_BYTES; place >= first; place -= 1) {
    if (bytes.readUInt32LE(place) === END) return place;
  }
  throw new ZipError('The file is no archive');
}

function inflate(bytes: Buffer, { method, compressedBytes, offset }: Entry, most: number): Buffer {
  if (offset + 30 > bytes.length || bytes.readUInt32LE(offset) !== LOCAL) {
    throw new ZipError('A file of the archive is not where its directory says');
  }
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const compressed = bytes.subarray(start, start + compressedBytes);
  if (method === STORED) return compressed;
  if (method !== DEFLATED) throw new ZipError('A file of the archive is compressed in an unknown way');
  try {
    return inflateRawSync(compressed, { maxOutputLength: Math.max(most, 1) });
  } catch (cause) {
    throw new ZipError(`A file of the archive is damaged or too large: ${String(cause)}`);
  }
}
