import type { OutgoingEmail } from './provider.ts';

/** RFC 5322 text of a message with a plain and an HTML part, ready for SMTP but for the doubling of leading dots. */
export function composeMime(message: OutgoingEmail, options: { messageId: string; date: Date }): Buffer {
  const boundary = `=_${message.notificationId}`;
  const headers = [
    `From: ${addressWithName(message.from)}`,
    `To: ${message.to}`,
    ...(message.replyTo === null ? [] : [`Reply-To: ${message.replyTo}`]),
    `Subject: ${encodeHeader(oneLine(message.subject), 'Subject: '.length)}`,
    `Message-ID: <${options.messageId}>`,
    `Date: ${options.date.toUTCString().replace('GMT', '+0000')}`,
    ...(message.unsubscribeUrl === null
      ? []
      : [
          `List-Unsubscribe: <${message.unsubscribeUrl}>`,
          'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        ]),
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ];
  const lines = [
    ...headers,
    '',
    ...part(boundary, 'text/plain', message.text),
    ...part(boundary, 'text/html', message.html),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

function part(boundary: string, type: string, content: string): string[] {
  return [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    base64Lines(content),
  ];
}

function base64Lines(content: string): string {
  const text = Buffer.from(content.replace(/\r\n|\r|\n/g, '\r\n'), 'utf8').toString('base64');
  return text.match(/.{1,76}/g)?.join('\r\n') ?? '';
}

/** A name and an address as they stand in a header, on one line or folded. */
export function addressWithName({ name: given, address }: { name: string; address: string }): string {
  const name = oneLine(given);
  if (/^[\x20-\x7e]*$/.test(name)) return `"${name.replace(/(["\\])/g, '\\$1')}" <${address}>`;
  return `${encodeHeader(name, 'From: '.length)} <${address}>`;
}

/** No value may begin a header of its own. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ');
}

// An encoded word has at most 75 characters (RFC 2047), of which 12 are its frame.
const WORD_BYTES = 45;

/** Text of a header; what is not printable ASCII as encoded words. */
function encodeHeader(text: string, used: number): string {
  if (/^[\x20-\x7e]*$/.test(text) && text.length + used <= 900 && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((each) => `=?UTF-8?B?${Buffer.from(each).toString('base64')}?=`).join('\r\n ');
}
