// A template as a file that people edit and review: a head between two lines of dashes, then the message as it is.
import { type Static, Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { parse, stringify } from 'yaml';
import { compileContent } from '../templates/placeholders.ts';
import { compileSms, renderSms, SMS_MAX_CHARACTERS } from '../templates/sms.ts';

const Head = Type.Object(
  {
    id: Type.Optional(Type.String({ pattern: '^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$' })),
    type: Type.Union([Type.Literal('email'), Type.Literal('sms'), Type.Literal('letter')]),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    subject: Type.Optional(Type.String({ minLength: 1 })),
    postage: Type.Optional(
      Type.Union([Type.Literal('first'), Type.Literal('second'), Type.Literal('economy')]),
    ),
    unsubscribe_link: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** What a file says of a template; `id` is that of the environment it was pulled from. */
export type TemplateText = Static<typeof Head> & { content: string };

export class TemplateFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateFileError';
  }
}

const FENCE = '---';

export function writeTemplateFile(template: TemplateText): string {
  const { content, ...head } = template;
  return `${FENCE}\n${stringify(head, { lineWidth: 0 })}${FENCE}\n${content}\n`;
}

/** Throws TemplateFileError with everything that is wrong, for the person who wrote it. */
export function readTemplateFile(source: string): TemplateText {
  const text = source.replaceAll('\r\n', '\n').replace(/^\uFEFF/, '');
  const end = text.indexOf(`\n${FENCE}\n`, FENCE.length - 1);
  if (!text.startsWith(`${FENCE}\n`) || end === -1) {
    throw new TemplateFileError(`must begin with a head between two lines of ${FENCE}`);
  }
  const head = parseHead(text.slice(FENCE.length + 1, end + 1));
  const content = text.slice(end + FENCE.length + 2).replace(/\n$/, '');
  const template = { ...head, content };
  const problems = findProblems(template);
  if (problems.length > 0) throw new TemplateFileError(problems.join('; '));
  return template;
}

/** A name for the file that people recognise: `welcome.email.md`. */
export function fileNameOf(template: Pick<TemplateText, 'name' | 'type'>): string {
  const slug = template.name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 80);
  return `${slug || 'template'}.${template.type}.md`;
}

function parseHead(source: string): Static<typeof Head> {
  let head: unknown;
  try {
    head = parse(source);
  } catch (error) {
    const [line = 'it is not YAML'] = error instanceof Error ? error.message.split('\n') : [];
    throw new TemplateFileError(`the head cannot be read: ${line}`);
  }
  if (Check(Head, head)) return head;
  const [first] = Errors(Head, head);
  const where = first?.instancePath ? ` at ${first.instancePath.slice(1)}` : '';
  throw new TemplateFileError(`the head is wrong${where}: ${first?.message ?? 'it is not an object'}`);
}

function findProblems(template: TemplateText): string[] {
  const problems: string[] = [];
  const { type, subject, postage, content } = template;
  if (type !== 'sms' && subject === undefined) problems.push('needs a subject');
  if (type === 'sms' && subject !== undefined) problems.push('text messages have no subject');
  if (type !== 'letter' && postage !== undefined) problems.push('only letters have postage');
  if (type !== 'email' && template.unsubscribe_link) problems.push('only emails have a link to unsubscribe');
  if (content.trim() === '') problems.push('has no message below its head');
  for (const text of [subject ?? '', content]) {
    const stray = findStrayBrackets(text);
    if (stray !== undefined) problems.push(`has brackets that are no placeholder: ${stray}`);
  }
  if (type === 'sms' && renderSms(compileSms(template), {}).characters > SMS_MAX_CHARACTERS) {
    problems.push(`is longer than the ${SMS_MAX_CHARACTERS} characters of a text message`);
  }
  return problems;
}

/** Double brackets that open or close without their counterpart: a placeholder with a slip of the pen. */
function findStrayBrackets(text: string): string | undefined {
  for (const piece of compileContent(text).pieces) {
    if (typeof piece !== 'string') continue;
    const at = piece.search(/\(\(|\)\)/);
    if (at !== -1) return piece.slice(Math.max(0, at - 5), at + 20).replaceAll('\n', ' ');
  }
  return undefined;
}
