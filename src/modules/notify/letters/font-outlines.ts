// TrueType files with the outlines of some glyphs only. Numbers of glyphs stay as they are, so that every other table of the
// file still fits.

interface Table {
  offset: number;
  length: number;
}

/** What a printer needs; the rest is for setting text. */
const KEPT = ['cmap', 'cvt ', 'fpgm', 'glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp', 'post', 'prep'];
const MORE_COMPONENTS = 0x20;
const ARGUMENTS_ARE_WORDS = 0x01;
const HAS_SCALE = 0x08;
const HAS_TWO_SCALES = 0x40;
const HAS_MATRIX = 0x80;

/** `font` with the outlines of `glyphs`, and of those they are made of, alone. */
export function withOutlinesOf(font: Buffer, glyphs: Iterable<number>): Buffer {
  const tables = readTables(font);
  const table = (name: string) => {
    const found = tables.get(name);
    if (!found) throw new Error(`The font has no table ${name}`);
    return font.subarray(found.offset, found.offset + found.length);
  };
  const offsets = readOffsets(table('loca'), table('head').readInt16BE(50) === 1);
  const glyf = table('glyf');
  const outlineOf = (glyph: number) => glyf.subarray(offsets[glyph] ?? 0, offsets[glyph + 1] ?? 0);

  const kept = new Set<number>();
  const waiting = [0, ...glyphs];
  for (let glyph = waiting.pop(); glyph !== undefined; glyph = waiting.pop()) {
    if (kept.has(glyph)) continue;
    kept.add(glyph);
    waiting.push(...componentsOf(outlineOf(glyph)));
  }
  const outlines: Buffer[] = [];
  const loca = Buffer.alloc(offsets.length * 4);
  let length = 0;
  for (let glyph = 0; glyph < offsets.length - 1; glyph += 1) {
    loca.writeUInt32BE(length, glyph * 4);
    if (!kept.has(glyph)) continue;
    const outline = padded(outlineOf(glyph));
    outlines.push(outline);
    length += outline.length;
  }
  loca.writeUInt32BE(length, (offsets.length - 1) * 4);
  const head = Buffer.from(table('head'));
  head.writeInt16BE(1, 50);
  head.writeUInt32BE(0, 8);
  // Version 3 has no names of glyphs.
  const post = Buffer.from(table('post').subarray(0, 32));
  post.writeUInt32BE(0x00030000, 0);
  const changed: Record<string, Buffer> = { glyf: Buffer.concat(outlines), loca, head, post };
  return writeFont(
    KEPT.filter((name) => tables.has(name)).map((name) => [name, changed[name] ?? table(name)]),
  );
}

function readTables(font: Buffer): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (let index = 0; index < font.readUInt16BE(4); index += 1) {
    const entry = 12 + index * 16;
    const name = font.toString('latin1', entry, entry + 4);
    tables.set(name, { offset: font.readUInt32BE(entry + 8), length: font.readUInt32BE(entry + 12) });
  }
  return tables;
}

function readOffsets(loca: Buffer, isLong: boolean): number[] {
  return isLong
    ? Array.from({ length: loca.length / 4 }, (_, index) => loca.readUInt32BE(index * 4))
    : Array.from({ length: loca.length / 2 }, (_, index) => loca.readUInt16BE(index * 2) * 2);
}

/** Of a glyph that is put together from others. */
function componentsOf(outline: Buffer): number[] {
  if (outline.length < 10 || outline.readInt16BE(0) >= 0) return [];
  const components: number[] = [];
  let place = 10;
  for (let flags = MORE_COMPONENTS; (flags & MORE_COMPONENTS) !== 0; ) {
    flags = outline.readUInt16BE(place);
    components.push(outline.readUInt16BE(place + 2));
    place += (flags & ARGUMENTS_ARE_WORDS) !== 0 ? 8 : 6;
    if ((flags & HAS_SCALE) !== 0) place += 2;
    else if ((flags & HAS_TWO_SCALES) !== 0) place += 4;
    else if ((flags & HAS_MATRIX) !== 0) place += 8;
  }
  return components;
}

function writeFont(tables: (readonly [name: string, content: Buffer])[]): Buffer {
  const header = Buffer.alloc(12 + tables.length * 16);
  const power = 2 ** Math.floor(Math.log2(tables.length));
  header.writeUInt32BE(0x00010000, 0);
  header.writeUInt16BE(tables.length, 4);
  header.writeUInt16BE(power * 16, 6);
  header.writeUInt16BE(Math.log2(power), 8);
  header.writeUInt16BE((tables.length - power) * 16, 10);
  const contents: Buffer[] = [];
  let offset = header.length;
  for (const [index, [name, content]] of tables.entries()) {
    const whole = padded(content);
    const entry = 12 + index * 16;
    header.write(name, entry, 'latin1');
    header.writeUInt32BE(checksum(whole), entry + 4);
    header.writeUInt32BE(offset, entry + 8);
    header.writeUInt32BE(content.length, entry + 12);
    contents.push(whole);
    offset += whole.length;
  }
  const font = Buffer.concat([header, ...contents]);
  const head = readTables(font).get('head');
  if (head) font.writeUInt32BE((0xb1b0afba - checksum(font)) >>> 0, head.offset + 8);
  return font;
}

function padded(content: Buffer): Buffer {
  const rest = content.length % 4;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(4 - rest)]);
}

function checksum(content: Buffer): number {
  let sum = 0;
  for (let place = 0; place < content.length; place += 4) sum = (sum + content.readUInt32BE(place)) >>> 0;
  return sum;
}
