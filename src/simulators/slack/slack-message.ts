/** One message as the webhook got it; `text` is everything in it that a reader would see, one line per part. */
export interface SlackMessage {
  readonly time: string;
  readonly channel: string | undefined;
  readonly text: string;
  readonly parts: readonly SlackPart[];
}

export interface SlackPart {
  readonly kind: 'header' | 'text' | 'attachment';
  readonly text: string;
  readonly color?: string;
}

/** Undefined when the body is not a JSON object. Unknown blocks are passed over: Slack has dozens. */
export function parseSlackMessage(body: unknown, now: Date): SlackMessage | undefined {
  if (!isRecord(body)) return undefined;
  const parts: SlackPart[] = [
    ...textParts('text', body.text),
    ...records(body.blocks).flatMap((block) => blockParts(block)),
    ...records(body.attachments).flatMap((attachment) => attachmentParts(attachment)),
  ];
  return {
    time: now.toISOString(),
    channel: typeof body.channel === 'string' ? body.channel : undefined,
    text: parts.map((part) => part.text).join('\n'),
    parts,
  };
}

function blockParts(block: Record<string, unknown>, color?: string): SlackPart[] {
  const kind = block.type === 'header' ? 'header' : color === undefined ? 'text' : 'attachment';
  const texts = [block.text, ...records(block.fields), ...records(block.elements)];
  return texts.flatMap((value) => textParts(kind, isRecord(value) ? value.text : value, color));
}

function attachmentParts(attachment: Record<string, unknown>): SlackPart[] {
  const color = typeof attachment.color === 'string' ? attachment.color : '';
  const texts = [attachment.pretext, attachment.title, attachment.text];
  for (const field of records(attachment.fields)) texts.push(field.title, field.value);
  const plain = texts.flatMap((value) => textParts('attachment', value, color));
  const parts = [...plain, ...records(attachment.blocks).flatMap((block) => blockParts(block, color))];
  return parts.length > 0 ? parts : textParts('attachment', attachment.fallback, color);
}

function textParts(kind: SlackPart['kind'], value: unknown, color?: string): SlackPart[] {
  if (typeof value !== 'string' || value === '') return [];
  return [color === undefined ? { kind, text: value } : { kind, text: value, color }];
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
