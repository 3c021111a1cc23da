import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { readPhoneNumber } from '../recipients/phone-number.ts';
import { BulkSendRefusal } from './bulk-sends.ts';
import { checkFile } from './check-file.ts';
import { convertFile } from './convert-file.ts';
import { csvLine, csvRecords, exportLine, trimFile } from './csv.ts';
import { createNumberReader } from './file-numbers.ts';
import { openRecipientFile, recipientOf } from './recipient-file.ts';

const read = (text: string) => [...csvRecords(trimFile(text))];

describe('files of recipients', () => {
  it('are read by the rules of the dialect', () => {
    assert.deepEqual(read('a,b\n1,2\n'), [
      ['a', 'b'],
      ['1', '2'],
    ]);
    assert.deepEqual(read('a,b\r\n"1,5","say ""hi"""\r\n'), [
      ['a', 'b'],
      ['1,5', 'say "hi"'],
    ]);
    assert.deepEqual(read('a, b\n"two\nlines", x '), [
      ['a', 'b'],
      ['two\nlines', 'x'],
    ]);
    assert.deepEqual(read('\ufeffa,b\n1,2\n,,,\n \n'), [
      ['a', 'b'],
      ['1', '2'],
    ]);
    assert.deepEqual(read('a\n\nb'), [['a'], [''], ['b']]);
    assert.deepEqual(read('a,b\n"never closed'), [['a', 'b'], ['never closed']]);
    assert.deepEqual(read(''), []);
  });

  it('come back as they were written', () => {
    const rows = [
      ['a', 'b c', ''],
      [' x', 'y,"z"', 'two\nlines'],
      ['Tŷ', '', ''],
    ];
    const written = rows.map(csvLine).join('');
    assert.deepEqual(
      [...csvRecords(written)],
      rows.map((row) => row.map((cell) => (cell === ' x' ? ' x' : cell))),
    );
  });

  it('find their columns however these are spelled, and keep repeated ones as lists', () => {
    const file = openRecipientFile('Phone_Number,item,ITEM,\n07700900001,a,b,ignored\n07700900002\n', 'sms');
    const rows = [...file.rows()];
    assert.deepEqual(
      rows.map(({ values }) => recipientOf(values, 'sms')),
      ['07700900001', '07700900002'],
    );
    assert.deepEqual(
      rows.map(({ values }) => values.get('item')),
      [
        ['a', 'b'],
        [null, null],
      ],
    );
  });

  it('leave out repeated columns in which no row has anything', () => {
    const file = openRecipientFile(
      'phone number,item,item,item,other\n07700900001,a,b\n07700900002,c\n',
      'sms',
    );
    assert.deepEqual(
      [...file.rows()].map(({ values }) => [values.get('item'), values.get('other')]),
      [
        [['a', 'b'], null],
        [['c', null], null],
      ],
    );
  });

  it('are exported so that no cell is a formula, and numbers stay what they are', () => {
    assert.equal(
      exportLine(['=1+1', '@x', '+cmd|x', '-2+a', '\tx', '+44 7700 900-001', '-3', 'a=b', '']),
      "'=1+1,'@x,'+cmd|x,'-2+a,'\tx,+44 7700 900-001,-3,a=b,\r\n",
    );
  });

  it('are converted from what spreadsheet programs write', () => {
    const rows = [
      ['phone number', 'name'],
      ['07700900001', 'Café'],
    ];
    const wanted = {
      csv: 'phone number,name\r\n07700900001,Café\r\n',
      rowCount: 1,
      columns: ['phone number', 'name'],
    };
    const text = rows.map((row) => row.join('\t')).join('\n');
    assert.deepEqual(convertFile('people.tsv', Buffer.from(text)), wanted);
    assert.deepEqual(convertFile('people.csv', Buffer.from(`\ufeff${text.replaceAll('\t', ',')}`)), wanted);
    assert.deepEqual(convertFile('people.csv', Buffer.from(text.replaceAll('\t', ';'), 'latin1')), wanted);
    assert.deepEqual(convertFile('people.csv', Buffer.from(`\ufeff${text}`, 'utf16le')), wanted);
    assert.deepEqual(convertFile('people.xlsx', workbook()), {
      csv: 'phone number,name,born,paid\r\n447700900001,Ann & Bob,2026-08-01,TRUE\r\n07700900002,,,1.5\r\n',
      rowCount: 2,
      columns: ['phone number', 'name', 'born', 'paid'],
    });
    assert.deepEqual(convertFile('people.ods', openDocument()), wanted);
  });

  it('are refused when they cannot be read, hold nobody or too many', () => {
    const refused = (name: string, content: Buffer) => {
      try {
        convertFile(name, content);
      } catch (error) {
        assert.ok(error instanceof BulkSendRefusal, String(error));
        return error.code;
      }
      return undefined;
    };
    assert.equal(refused('a.csv', Buffer.from('phone number\n')), 'no-rows');
    assert.equal(refused('a.csv', Buffer.alloc(0)), 'no-rows');
    assert.equal(refused('a.csv', Buffer.from('a,b\n\u0000\u0000,1\n')), 'unreadable-file');
    assert.equal(refused('a.xlsx', Buffer.from('PK\u0003\u0004 no archive')), 'unreadable-file');
    assert.equal(refused('a.xlsx', zip({ 'other.xml': '<a/>' })), 'unreadable-file');
    assert.equal(refused('a.xlsx', workbook().subarray(0, 400)), 'unreadable-file');
    assert.equal(refused('a.csv', Buffer.from(`n\n${'1\n'.repeat(100_001)}`)), 'too-many-rows');
  });

  const template = {
    id: '33333333-3333-4333-8333-333333333331',
    service_id: '11111111-1111-4111-8111-111111111111',
    version: 1,
    template_type: 'sms' as const,
    name: 'A text',
    content: 'Hello ((first name))',
    subject: null,
    postage: null,
    archived: false,
    hidden: false,
    has_unsubscribe_link: false,
    letter_contact_block: null,
    letter_languages: null,
    letter_welsh_subject: null,
    letter_welsh_content: null,
    letter_attachment_id: null,
    created_by: 'x',
    created_at: new Date(),
    updated_at: null,
  };
  const rules = { isRestricted: false, permissions: ['sms', 'email', 'letter'], allowedRecipients: [] };
  const check = (csv: string, extra: object = {}) =>
    checkFile({ csv, template, rules, remainingToday: 1_000, ...extra });

  it('say what is wrong with which row before anything is sent', () => {
    const result = check(
      [
        'phone number,firstname',
        '07700900001,Ann',
        ',Bob',
        '07700900003,',
        '077,Dan',
        '+1 202 555 0104,Eve',
        `07700900006,${'x'.repeat(1_000)}`,
      ].join('\n'),
    );
    assert.equal(result.isValid, false);
    assert.deepEqual([result.rowCount, result.rowsWithErrors, result.problems], [6, 5, []]);
    assert.deepEqual(
      result.errors.map(({ row, message, cells }) => [
        row,
        message ?? cells.map((cell) => `${cell.column}: ${cell.message}`),
      ]),
      [
        [1, ['phone number: Missing']],
        [2, ['firstname: Missing']],
        [3, ['phone number: Mobile number is too short']],
        [4, ['phone number: Cannot send to international mobile numbers']],
        [
          5,
          'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 1006 characters long.',
        ],
      ],
    );
    assert.deepEqual(result.preview[0], {
      row: 0,
      recipient: '07700900001',
      personalisation: { 'phone number': '07700900001', firstname: 'Ann' },
    });
  });

  it('have their numbers read by blocks as they would be one by one', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const permissions = { international: false, landline: false };
    const read = createNumberReader(permissions);
    // Isle of Man, Jersey, Guernsey, pagers, drama, personal numbers, none.
    const special = [
      '762450',
      '762460',
      '770030',
      '778100',
      '783900',
      '791110',
      '760000',
      '764640',
      '770090',
    ];
    const others = Array.from({ length: 400 }, () => `7${String(random(100_000)).padStart(5, '0')}`);
    for (const block of [...special, '700000', '750900', '793700', ...others]) {
      const beginning = ['0', '44', '+44', '0044', '00 44 '][random(5)] ?? '';
      const number = () => `${beginning}${block.slice(0, 3)} ${block.slice(3)}${1_000 + random(9_000)}`;
      read(number());
      const other = number();
      assert.deepEqual(read(other), readPhoneNumber(other, permissions), other);
    }
    for (const other of ['077', '(07700) 900 001', '+1 202 555 0104', 'x', '02079460000', '']) {
      assert.deepEqual(read(other), readPhoneNumber(other, permissions), other);
    }
  });

  it('say what is wrong with the whole file', () => {
    const codes = (csv: string, extra: object = {}) =>
      check(csv, extra).problems.map(({ code, columns }) => [code, columns]);
    assert.deepEqual(codes('name,first name\na,b'), [['missing-recipient-column', ['phone number']]]);
    assert.deepEqual(codes('phone number,phonenumber,first name\n07700900001,07700900001,b'), [
      ['duplicate-recipient-column', ['phone number']],
    ]);
    assert.deepEqual(codes('phone number\n07700900001'), [['missing-columns', ['firstname']]]);
    assert.deepEqual(codes('phone number,first name\n07700900001,b\n07700900002,c', { remainingToday: 1 }), [
      ['over-daily-limit', undefined],
    ]);
    assert.deepEqual(
      codes('phone number,first name\n07700900001,b', { rules: { ...rules, permissions: [] } }),
      [['no-permission', undefined]],
    );
    const trial = check('phone number,first name\n07700900001,b\n07700 900 002,c', {
      rules: { ...rules, isRestricted: true, allowedRecipients: ['447700900001'] },
    });
    assert.deepEqual(
      trial.errors.map(({ row }) => row),
      [1],
    );
  });

  it('hold letters with their address in columns', () => {
    const letter = { ...template, template_type: 'letter' as const, subject: 'Hi', content: 'Dear ((name))' };
    const csv =
      'name,address line 1,address_line_2,Address Line 3,postcode\nAnn,Ann Smith,1 High Street,London,SW1A 1AA\nBob,Bob,,,nowhere\n';
    const result = check(csv, { template: letter });
    assert.deepEqual(
      result.errors.map(({ row, cells }) => [row, cells[0]?.message]),
      [[1, 'Address must be at least 3 lines']],
    );
    assert.equal(result.preview[0]?.personalisation.address_line_1, 'Ann Smith');
    assert.deepEqual(
      check('name,address line 1\nAnn,x', { template: letter }).problems.map(({ code }) => code),
      ['missing-recipient-column'],
    );
  });
});

function workbook(): Buffer {
  return zip({
    'xl/workbook.xml': '<workbook><sheets><sheet name="One" sheetId="1" r:id="rId7"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="rId7" Target="worksheets/sheet9.xml"/></Relationships>',
    'xl/sharedStrings.xml':
      '<sst><si><t>phone number</t></si><si><r><t>na</t></r><r><t>me</t></r></si><si><t>Ann &amp; Bob</t></si></sst>',
    'xl/styles.xml':
      '<styleSheet><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    'xl/worksheets/sheet9.xml': `<worksheet><sheetData>
      <row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>born</t></is></c><c r="D1" t="str"><v>paid</v></c></row>
      <row r="2"><c r="A2"><v>447700900001</v></c><c r="B2" t="s"><v>2</v></c><c r="C2" s="1"><v>46235</v></c><c r="D2" t="b"><v>1</v></c></row>
      <row r="3"/>
      <row r="4"><c r="A4" t="inlineStr"><is><t>07700900002</t></is></c><c r="D4"><v>1.5</v></c></row>
    </sheetData></worksheet>`,
  });
}

function openDocument(): Buffer {
  return zip({
    'content.xml': `<office:document-content><table:table table:name="One">
      <table:table-row><table:table-cell><text:p>phone number</text:p></table:table-cell><table:table-cell><text:p>na<text:span>me</text:span></text:p></table:table-cell></table:table-row>
      <table:table-row><table:table-cell office:value-type="string"><text:p>07700900001</text:p></table:table-cell><table:table-cell><text:p>Café</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row>
      <table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
    </table:table></office:document-content>`,
  });
}

/** An archive of the given files, deflated. */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const packed = deflateRawSync(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), fields, tail, Buffer.from(name)]),
    );
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
