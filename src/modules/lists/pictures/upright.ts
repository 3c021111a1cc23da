export interface Pixels {
  /** Red, green, blue and opacity of each pixel, row by row. */
  pixels: Uint8Array;
  width: number;
  height: number;
}

/** Where the pixel at (x, y) of the upright picture stands in one of the given width and height, by orientation. */
const SOURCES: Record<number, (x: number, y: number, width: number, height: number) => [number, number]> = {
  1: (x, y) => [x, y],
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _width, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _width, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
};

/** Turns a picture as its EXIF orientation says, and puts what is transparent on white. */
export function upright(picture: Pixels, orientation: number): Pixels {
  const { pixels, width, height } = picture;
  const source = SOURCES[orientation] ?? SOURCES[1];
  if (!source) throw new Error('The table of orientations has no upright one');
  const isTurned = orientation >= 5;
  const turned = { width: isTurned ? height : width, height: isTurned ? width : height };
  const output = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < turned.height; y += 1) {
    for (let x = 0; x < turned.width; x += 1, to += 4) {
      const [fromX, fromY] = source(x, y, width, height);
      const from = (fromY * width + fromX) * 4;
      const opacity = pixels[from + 3] ?? 255;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = pixels[from + channel] ?? 0;
        output[to + channel] = opacity === 255 ? value : Math.round((value * opacity) / 255 + 255 - opacity);
      }
      output[to + 3] = 255;
    }
  }
  return { pixels: output, ...turned };
}
