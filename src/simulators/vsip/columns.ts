type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A list of numbers that grows, in so many bytes each and no more: a million visits fit into some 50 MB. */
export interface Column {
  get(index: number): number;
  set(index: number, value: number): void;
}

export function createColumn(make: (length: number) => Numbers): Column {
  let values = make(1024);
  return {
    get: (index) => values[index] ?? 0,
    set(index, value) {
      if (index >= values.length) {
        const larger = make(Math.max(index + 1, values.length * 2));
        larger.set(values);
        values = larger;
      }
      values[index] = value;
    },
  };
}

export const bytes = (length: number): Uint8Array => new Uint8Array(length);
export const words = (length: number): Uint32Array => new Uint32Array(length);
export const doubles = (length: number): Float64Array => new Float64Array(length);

/** Texts as small numbers: there are few rooms, prisons and outcomes and very many visits. */
export interface TextList {
  numberOf(text: string): number;
  text(number: number): string;
}

export function createTextList(): TextList {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  return {
    numberOf(text) {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, texts.length);
      return texts.push(text) - 1;
    },
    text: (number) => texts[number] ?? '',
  };
}
