/** What the first bytes of a picture say of it, before anything is decoded: a small file can hold a huge picture. */
export interface PictureHeader {
  kind: 'jpeg' | 'png' | 'webp';
  width: number;
  height: number;
  /** How a camera was held, as EXIF counts it: 1 is upright. */
  orientation: number;
}

/** Undefined for everything that is no JPEG, PNG or WebP picture, whatever its name and type say. */
export function readHeader(bytes: Buffer): PictureHeader | undefined {
  try {
    const header = readPng(bytes) ?? readJpeg(bytes) ?? readWebp(bytes);
    return header && header.width > 0 && header.height > 0 ? header : undefined;
  } catch (error) {
    // Cut off in the middle of its header.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readPng(bytes: Buffer): PictureHeader | undefined {
  if (bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return undefined;
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { kind: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), orientation: 1 };
}

/** Walks the segments up to the frame header, which has the size. */
function readJpeg(bytes: Buffer): PictureHeader | undefined {
  if (bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let orientation = 1;
  for (let at = 2; ; ) {
    const marker = bytes.readUInt16BE(at);
    if (marker >> 8 !== 0xff) return undefined;
    // Fill bytes may stand before a marker.
    if (marker === 0xffff) {
      at += 1;
      continue;
    }
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2) return undefined;
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) {
      return {
        kind: 'jpeg',
        height: bytes.readUInt16BE(at + 5),
        width: bytes.readUInt16BE(at + 7),
        orientation,
      };
    }
    if (marker === 0xffda) return undefined;
    if (marker === 0xffe1)
      orientation = readOrientation(bytes.subarray(at + 4, at + 2 + length)) ?? orientation;
    at += 2 + length;
  }
}

/** Tag 0x0112 of the first directory of an EXIF segment. */
function readOrientation(segment: Buffer): number | undefined {
  if (segment.toString('latin1', 0, 6) !== 'Exif\0\0') return undefined;
  const tiff = segment.subarray(6);
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const u16 = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  try {
    const directory = u32(4);
    const entries = Math.min(u16(directory), 200);
    for (let entry = 0; entry < entries; entry += 1) {
      const at = directory + 2 + entry * 12;
      if (u16(at) !== 0x0112) continue;
      const value = u16(at + 8);
      return value >= 1 && value <= 8 ? value : undefined;
    }
  } catch (error) {
    // Broken metadata of a picture that may be fine.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

function readWebp(bytes: Buffer): PictureHeader | undefined {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return undefined;
  const size = (width: number, height: number): PictureHeader => ({
    kind: 'webp',
    width,
    height,
    orientation: 1,
  });
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return size(bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return size((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return size(bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1);
    default:
      return undefined;
  }
}
