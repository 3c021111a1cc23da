import { crc32, deflateSync } from 'node:zlib';
import { PAGE_HEIGHT_MM, PAGE_WIDTH_MM } from './letter-page.ts';
import { isReadingFailure, loadPdfReader } from './pdf-reader.ts';

const DEFAULT_WIDTH = 900;

/**
 * One page of a PDF as PNG, for previews (internals 3.4.6). Pages count from 1. Undefined when the PDF or the page
 * cannot be read.
 */
export async function renderPageImage(
  pdf: Uint8Array,
  page: number,
  options: { width?: number } = {},
): Promise<Buffer | undefined> {
  const reader = await loadPdfReader();
  using opened = reader.open(pdf);
  if (opened === undefined || page < 1 || page > opened.pageCount) return undefined;
  const width = options.width ?? DEFAULT_WIDTH;
  try {
    const size = opened.pageSize(page - 1);
    const ratio = size.width > 0 ? size.height / size.width : PAGE_HEIGHT_MM / PAGE_WIDTH_MM;
    const height = Math.max(1, Math.round(width * Math.min(ratio, 4)));
    return encodePng(opened.render(page - 1, { width, height }), width, height);
  } catch (error) {
    if (isReadingFailure(error)) return undefined;
    throw error;
  }
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** PNG in true colour of opaque BGRA pixels. */
export function encodePng(bgra: Uint8Array, width: number, height: number): Buffer {
  const stride = width * 3 + 1;
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    let to = y * stride + 1;
    for (let from = y * width * 4; from < (y + 1) * width * 4; from += 4) {
      rows[to] = bgra[from + 2] ?? 0;
      rows[to + 1] = bgra[from + 1] ?? 0;
      rows[to + 2] = bgra[from] ?? 0;
      to += 3;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const content = deflateSync(rows, { level: 6 });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', content),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
