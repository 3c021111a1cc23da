import { randomFillSync } from 'node:crypto';

const COUNTER_LIMIT = 0x1000;
const POOL_BYTES = 8 * 256;
const pool = Buffer.alloc(POOL_BYTES);

let poolOffset = POOL_BYTES;
let lastMs = 0;
let counter = 0;

/**
 * A version 7 UUID greater than every one this process made before, so that ids break ties between jobs of one
 * transaction in the order they were sent. The twelve bits after the time count within a millisecond (RFC 9562,
 * method 1); a clock that steps back is ignored until it has caught up.
 */
export function newJobId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (++counter === COUNTER_LIMIT) {
    lastMs++;
    counter = 0;
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const random = nextRandom();
  const variant = (8 | (Number.parseInt(random.charAt(0), 16) & 3)).toString(16);
  const count = counter.toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

function nextRandom(): string {
  if (poolOffset === POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += 8;
  return pool.toString('hex', poolOffset - 8, poolOffset);
}
