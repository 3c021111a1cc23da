import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PhotonImage } from '@cf-wasm/photon';
import { ANA, type ListsApp, makeList, openLists, runTask } from '../testing/lists-app.ts';
import { readHeader } from './picture-header.ts';
import { upright } from './upright.ts';

/** A picture whose left half is red and whose right half is blue, or clear. */
function halves(width: number, height: number, right = [0, 0, 255, 255]): PhotonImage {
  const pixels = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at += 1) {
    pixels.set(at % width < width / 2 ? [255, 0, 0, 255] : right, at * 4);
  }
  return new PhotonImage(pixels, width, height);
}

/** The JPEG with an EXIF segment: its orientation, and a place that must not get out. */
function withExif(jpeg: Uint8Array, orientation: number): Buffer {
  const tiff = Buffer.alloc(64);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  tiff.writeUInt16BE(1, 8);
  tiff.writeUInt16BE(0x0112, 10);
  tiff.writeUInt16BE(3, 12);
  tiff.writeUInt32BE(1, 14);
  tiff.writeUInt16BE(orientation, 18);
  tiff.write('GPS 51.5074 N 0.1278 W', 30, 'latin1');
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([Buffer.from(jpeg.subarray(0, 2)), segment, body, Buffer.from(jpeg.subarray(2))]);
}

/** Red, green and blue of one pixel, to the nearest of none and full. */
function colourAt(jpeg: Buffer, x: number, y: number): string {
  const image = PhotonImage.new_from_byteslice(jpeg);
  const at = (y * image.get_width() + x) * 4;
  return [...image.get_raw_pixels().slice(at, at + 3)].map((value) => (value > 127 ? 1 : 0)).join('');
}

describe('pictures', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  const upload = async (bytes: Uint8Array, options: { as?: { email: string } } = { as: ANA }) => {
    const { as } = options;
    const response = await app.test.module('lists').inject({
      method: 'POST',
      url: '/pictures',
      headers: {
        'content-type': 'image/jpeg',
        ...(as ? { cookie: `lists_session=${await app.sessionOf(as)}` } : {}),
      },
      payload: Buffer.from(bytes),
    });
    return { status: response.statusCode, body: response.json() };
  };
  const fetchPicture = (address: string) => app.test.module('lists').inject(new URL(address).pathname);

  it('are made anew: upright, small, and without a word of where they were taken', async () => {
    const photo = withExif(halves(2_400, 1_200).get_bytes_jpeg(90), 6);
    assert.deepEqual(readHeader(photo), { kind: 'jpeg', width: 2_400, height: 1_200, orientation: 6 });
    const { status, body } = await upload(photo);
    assert.deepEqual([status, body.width, body.height], [201, 800, 1_600]);
    const kept = await fetchPicture(body.imageUrl);
    assert.equal(kept.headers['content-type'], 'image/jpeg');
    assert.equal(kept.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(kept.headers['x-content-type-options'], 'nosniff');
    for (const trace of ['Exif', 'GPS', '51.5074']) assert.ok(!kept.rawPayload.includes(trace), trace);
    // Held on its side, what was left is on top.
    assert.deepEqual(
      [colourAt(kept.rawPayload, 400, 100), colourAt(kept.rawPayload, 400, 1_500)],
      ['100', '001'],
    );
  });

  it('stand on white where they are transparent', async () => {
    const { body } = await upload(halves(40, 20, [0, 0, 0, 0]).get_bytes());
    const kept = await fetchPicture(body.imageUrl);
    assert.deepEqual([colourAt(kept.rawPayload, 3, 10), colourAt(kept.rawPayload, 36, 10)], ['100', '111']);
  });

  it('turn as each of the eight orientations says', () => {
    // a b
    // c d
    const pixels = new Uint8Array(['a', 'b', 'c', 'd'].flatMap((name) => [name.charCodeAt(0), 0, 0, 255]));
    const turned = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => {
      const { pixels: output } = upright({ pixels, width: 2, height: 2 }, orientation);
      return [0, 4, 8, 12].map((at) => String.fromCharCode(output[at] ?? 0)).join('');
    });
    assert.deepEqual(turned, ['abcd', 'badc', 'dcba', 'cdab', 'acbd', 'cadb', 'dbca', 'bdac']);
  });

  it('are refused when they are none, broken, too large or have too many pixels, and nothing is kept', async () => {
    const whole = Buffer.from(halves(200, 100).get_bytes_jpeg(90));
    const bomb = Buffer.from(halves(8, 8).get_bytes());
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const cases: [what: string, bytes: Buffer, status: number, code: string | undefined][] = [
      ['nothing', Buffer.alloc(0), 400, 'picture_unreadable'],
      ['a page', Buffer.from('<html><script>alert(1)</script>'), 400, 'picture_unreadable'],
      ['a drawing with a script', Buffer.from('<svg onload="alert(1)"/>'), 400, 'picture_unreadable'],
      ['a header alone', whole.subarray(0, 12), 400, 'picture_unreadable'],
      ['a file that breaks the decoder', bomb.subarray(0, 40), 400, 'picture_too_large'],
      ['a small file of a huge picture', bomb, 400, 'picture_too_large'],
      ['too many bytes', Buffer.concat([whole, Buffer.alloc(5 * 1024 * 1024)]), 413, undefined],
    ];
    const before = await count();
    for (const [what, bytes, status, code] of cases) {
      const answer = await upload(bytes);
      assert.deepEqual([answer.status, answer.body.error?.code], [status, code], what);
    }
    const broken = Buffer.from(halves(64, 64).get_bytes());
    broken.fill(0xff, 50);
    assert.equal((await upload(broken)).body.error.code, 'picture_unreadable', 'inside the decoder');
    assert.equal((await upload(whole)).status, 201, 'the next one is none the worse for it');
    assert.equal(await count(), before + 1);
    assert.equal((await upload(whole, {})).status, 401);
  });

  it('are forgotten a day later unless a list or a gift shows them', async () => {
    const bytes = halves(30, 20).get_bytes_jpeg(80);
    const [shown, unused] = [await upload(bytes), await upload(bytes)];
    await makeList(app, { imageUrl: shown.body.imageUrl });
    const before = app.clock.now;
    await runTask(app, 'lists.retain');
    assert.equal((await fetchPicture(unused.body.imageUrl)).statusCode, 200);
    app.clock.now = new Date(before.getTime() + 25 * 3_600_000);
    await runTask(app, 'lists.retain');
    app.clock.now = before;
    assert.equal((await fetchPicture(unused.body.imageUrl)).statusCode, 404);
    assert.equal((await fetchPicture(shown.body.imageUrl)).statusCode, 200);
    assert.equal((await app.test.module('lists').inject('/pictures/..%2f..%2fsecret.jpg')).statusCode, 404);
  });

  const count = async () => {
    const { rows } = await app.test.database.db.pool.query('select count(*)::int as n from lists.pictures');
    return rows[0].n as number;
  };
});

describe('the header of a picture', () => {
  it('is read of each kind, whole or cut anywhere', () => {
    const small = halves(30, 20);
    const webp = Buffer.from(small.get_bytes_webp());
    for (const bytes of [Buffer.from(small.get_bytes()), Buffer.from(small.get_bytes_jpeg(80)), webp]) {
      const header = readHeader(bytes);
      assert.deepEqual([header?.width, header?.height], [30, 20]);
      for (let length = 0; length < Math.min(bytes.length, 700); length += 1) {
        const cut = readHeader(bytes.subarray(0, length));
        assert.ok(cut === undefined || (cut.width === 30 && cut.height === 20), String(length));
      }
    }
  });
});
