import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { formatSourceLine, readSourceEvent, readSourceLines, splitObjects } from './event-source.ts';

async function* inChunks(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

const listOf = <T>(items: AsyncIterable<T>) => Readable.from(items).toArray() as Promise<T[]>;
const split = (text: string, bytes = 7) => listOf(splitObjects(inChunks(text, bytes)));

describe('a source of events', () => {
  const objects = ['{"a":1}', '{"b":{"c":"}{\\"\\\\"},"d":[{}]}', '{"é":"ß€😀"}'];
  for (const [name, text] of Object.entries({
    'objects on lines': objects.join('\n'),
    'objects on lines of Windows, the last one ended': `${objects.join('\r\n')}\r\n`,
    'an array': `[\n  ${objects.join(',\n  ')}\n]`,
    'objects without anything between': objects.join(''),
    'a file with a byte order mark': `\uFEFF${objects.join(' ')}`,
  })) {
    for (const bytes of [1, 2, 3, 5, 1_000]) {
      it(`is split: ${name}, ${bytes} bytes at a time`, async () => {
        assert.deepEqual(await split(text, bytes), objects);
      });
    }
  }

  it('is refused when an object has no end', async () => {
    const piece = Buffer.alloc(1_048_576, 0x20);
    const endless = async function* () {
      yield Buffer.from('{');
      for (let count = 0; count < 65; count += 1) yield piece;
    };
    await assert.rejects(listOf(splitObjects(endless())), { status: 400, code: 'unreadable_source' });
  });

  it('gives what is not an object to the end of its line, and what is cut short', async () => {
    assert.deepEqual(await split('{"a":1}\nnonsense {"x":1}\n{"b":2}\n{"c":'), [
      '{"a":1}',
      'nonsense {"x":1}',
      '{"b":2}',
      '{"c":',
    ]);
    assert.deepEqual(await split(''), []);
    assert.deepEqual(await split('[]'), []);
  });

  it('has events of their own, or below event with their sequence number', () => {
    const event = '{"ODSCode":"FA001","Big":12345678901234567890}';
    const content = (text: string) => {
      const read = readSourceEvent(text, 1);
      return 'text' in read.content ? [read.sequenceNumber, read.content.text] : read.content.problem;
    };
    assert.deepEqual(content(event), [null, event]);
    assert.deepEqual(content(`{"sequence_number":7,"event":${event}}`), ['7', event]);
    assert.deepEqual(content(`{"sequence-number":"1782345678901234567","change_event":${event}}`), [
      '1782345678901234567',
      event,
    ]);
    assert.deepEqual(content(`{"sequence_number":1782345678901234567,"event":${event}}`), [
      '1782345678901234567',
      event,
    ]);
    assert.equal(
      content(`{"sequence_number":1.5,"event":${event}}`),
      'its sequence_number is not a whole number',
    );
    assert.equal(content('{"a":'), 'it is not JSON');
    assert.equal(content('nonsense'), 'it is not JSON');
    assert.equal(content(`{"a":"${'x'.repeat(300_000)}"}`), 'it has more than 262144 bytes');
  });

  it('is kept without staff data, one event on each line, and read back from any line', async () => {
    const sources = [
      '{"ODSCode":"FA001",\n  "Staff":[{"Name":"Somebody"}],\r\n "City":"A\\nB"}',
      '{"sequence_number":"9","event":{"Staff":null,"ODSCode":"FA002"}}',
      'nonsense',
    ];
    const kept = sources.map((text, index) => formatSourceLine(readSourceEvent(text, index + 1))).join('');
    assert.equal(kept.split('\n').length, 4);
    assert.equal(kept.includes('Somebody'), false);
    assert.equal(kept.includes('Staff'), false);
    const all = await listOf(readSourceLines(inChunks(kept, 5), 0));
    assert.deepEqual(
      all.map(({ line, sequenceNumber, content }) => [
        line,
        sequenceNumber,
        'event' in content ? content.event : content.problem,
      ]),
      [
        [1, null, { ODSCode: 'FA001', City: 'A\nB' }],
        [2, '9', { ODSCode: 'FA002' }],
        [3, null, 'it is not JSON'],
      ],
    );
    assert.deepEqual(
      (await listOf(readSourceLines(inChunks(kept, 5), 2))).map(({ line }) => line),
      [3],
    );
  });
});
