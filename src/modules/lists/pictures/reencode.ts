import { Worker } from 'node:worker_threads';
import type { PictureHeader } from './picture-header.ts';
import type { ReencodedPicture, ReencodeOrder } from './reencode-worker.ts';

export type { ReencodedPicture };

/** Makes a JPEG of a picture's pixels. Undefined for what cannot be decoded in time, `busy` when too many wait. */
export type Reencode = (
  bytes: Buffer,
  header: PictureHeader,
) => Promise<ReencodedPicture | 'busy' | undefined>;

const LONGEST_SIDE = 1_600;
const QUALITY = 82;
const TIME_LIMIT_MS = 15_000;
/** Of five megabytes each. */
const MOST_WAITING = 20;

/** One after another: a picture of 16 million pixels was seen to take 300 MB while it is worked on. */
export function createReencode(): Reencode {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (bytes, header) => {
    if (waiting >= MOST_WAITING) return 'busy';
    waiting += 1;
    const next = last.then(() => reencodeInThread(bytes, header));
    last = next;
    return next.finally(() => {
      waiting -= 1;
    });
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
