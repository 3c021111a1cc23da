/** Numbers of so many bits each, one behind the other, the highest bit first. */
export interface BitReader {
  /** Up to 32 bits; undefined behind the end. */
  read(bits: number): number | undefined;
  /** On to the next whole byte. */
  align(): void;
}

export function createBitReader(bytes: Uint8Array): BitReader {
  let place = 0;
  return {
    read: (bits) => {
      if (place + bits > bytes.length * 8) return undefined;
      let value = 0;
      for (let left = bits; left > 0; ) {
        const offset = place % 8;
        const taken = Math.min(8 - offset, left);
        const part = ((bytes[place >> 3] ?? 0) >> (8 - offset - taken)) & (2 ** taken - 1);
        value = value * 2 ** taken + part;
        place += taken;
        left -= taken;
      }
      return value;
    },
    align: () => {
      place = Math.ceil(place / 8) * 8;
    },
  };
}

export interface BitWriter {
  write(value: number, bits: number): void;
  align(): void;
  bytes(): Buffer;
}

export function createBitWriter(): BitWriter {
  const bytes: number[] = [];
  let place = 0;
  return {
    write: (value, bits) => {
      for (let left = bits - 1; left >= 0; left -= 1) {
        if (place % 8 === 0) bytes.push(0);
        const bit = Math.floor(value / 2 ** left) % 2;
        bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (bit << (7 - (place % 8)));
        place += 1;
      }
    },
    align: () => {
      place = Math.ceil(place / 8) * 8;
    },
    bytes: () => Buffer.from(bytes),
  };
}
