import { Worker } from 'node:worker_threads';
import type { PictureHeader } from './picture-header.ts';
import type { ReencodedPicture, ReencodeOrder } from './reencode-worker.ts';

export type { ReencodedPicture };

/** Makes a JPEG of a picture's pixels. Undefined for what cannot be decoded in time. */
export type Reencode = (bytes: Buffer, header: PictureHeader) => Promise<ReencodedPicture | undefined>;

const LONGEST_SIDE = 1_600;
const QUALITY = 82;
const TIME_LIMIT_MS = 15_000;

/** One after another: a picture of 16 million pixels takes some 150 MB while it is worked on. */
export function createReencode(): Reencode {
  let last: Promise<unknown> = Promise.resolve();
  return (bytes, header) => {
    const next = last.then(() => reencodeInThread(bytes, header));
    last = next.catch(() => undefined);
    return next;
  };
}

function reencodeInThread(bytes: Buffer, header: PictureHeader): Promise<ReencodedPicture | undefined> {
  const order: ReencodeOrder = {
    bytes,
    orientation: header.orientation,
    longestSide: LONGEST_SIDE,
    quality: QUALITY,
  };
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./reencode-worker.ts', import.meta.url), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
      // What a broken file makes the decoder print is of no use to anybody.
      stderr: true,
    });
    const end = (picture: ReencodedPicture | undefined) => {
      clearTimeout(timer);
      resolve(picture);
      void worker.terminate();
    };
    const timer = setTimeout(() => end(undefined), TIME_LIMIT_MS);
    worker.once('message', (picture: ReencodedPicture) => end(picture));
    worker.once('error', () => end(undefined));
    worker.once('exit', () => end(undefined));
  });
}
