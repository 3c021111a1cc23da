/**
 * The item of a line of a DynamoDB export as plain JSON: `{"Item": {...}}` or the item itself, in typed JSON
 * (`{"S": "text"}`) or plain already. Undefined when it is no item.
 */
export function readDynamoItem(
  fields: Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  const item = isRecord(fields) && isRecord(fields.Item) ? fields.Item : fields;
  if (!isRecord(item)) return undefined;
  const isTyped = Object.values(item).every(isTypedValue);
  return isTyped ? (plain({ M: item }) as Record<string, unknown>) : item;
}

const TYPES = new Set(['S', 'N', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS']);

function isTypedValue(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && TYPES.has(names[0] ?? '');
}

function plain(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const [[type, content] = []] = Object.entries(value);
  if (type === 'M' && isRecord(content)) {
    return Object.fromEntries(Object.entries(content).map(([name, member]) => [name, plain(member)]));
  }
  if (type === 'L' && Array.isArray(content)) return content.map(plain);
  if (type === 'NULL') return null;
  return type === 'N' ? Number(content) : content;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
