import { compareTemplates } from '../templates/template-difference.ts';
import type { StoredText } from './environment.ts';
import type { TemplateText } from './template-file.ts';
import { pairUp, type TemplateFile } from './template-folder.ts';

/** What stands between a file and the environment. */
export interface Difference {
  kind: 'new' | 'changed' | 'same' | 'only there';
  name: string;
  type: string;
  fileName: string | null;
  /** In the environment. */
  id: string | null;
  /** Of those who send with it, more is asked than before. */
  placeholdersAdded: readonly string[];
  placeholdersRemoved: readonly string[];
  /** Lines with `- ` in front are there, lines with `+ ` are in the file. */
  lines: string[];
  template: TemplateText | null;
}

export function compareFolder(files: readonly TemplateFile[], stored: readonly StoredText[]): Difference[] {
  const places = pairUp(
    files.map(({ template }) => template),
    stored,
  );
  const found = files.map(({ fileName, template }, place): Difference => {
    const there = stored[places[place] ?? -1];
    const { placeholdersAdded, placeholdersRemoved } = compareTemplates(
      { subject: there?.subject ?? '', content: there?.content ?? '' },
      { subject: template.subject ?? '', content: template.content },
    );
    const lines = there
      ? diffLines(linesOf(there), linesOf(template))
      : linesOf(template).map((line) => `+ ${line}`);
    return {
      kind: there ? (lines.length === 0 ? 'same' : 'changed') : 'new',
      name: template.name,
      type: template.type,
      fileName,
      id: there?.id ?? null,
      placeholdersAdded: there ? placeholdersAdded : [],
      placeholdersRemoved: there ? placeholdersRemoved : [],
      lines,
      template,
    };
  });
  const known = new Set(found.map(({ id }) => id));
  const others = stored
    .filter(({ id }) => !known.has(id))
    .map(
      (there): Difference => ({
        kind: 'only there',
        name: there.name,
        type: there.type,
        fileName: null,
        id: there.id,
        placeholdersAdded: [],
        placeholdersRemoved: [],
        lines: [],
        template: null,
      }),
    );
  return [...found, ...others];
}

function linesOf(template: TemplateText): string[] {
  return [
    `name: ${template.name}`,
    ...(template.subject === undefined ? [] : [`subject: ${template.subject}`]),
    ...(template.type === 'letter' ? [`postage: ${template.postage ?? 'second'}`] : []),
    ...(template.unsubscribe_link ? ['unsubscribe_link: true'] : []),
    ...template.content.split('\n'),
  ];
}

/** Only what differs, in order, by the longest common part; templates are short. */
export function diffLines(before: readonly string[], after: readonly string[]): string[] {
  const common: number[][] = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  const at = (row: number, column: number) => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isEqual = before[row] === after[column];
      const length = isEqual
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
      const line = common[row];
      if (line) line[column] = length;
    }
  }
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      row += 1;
      column += 1;
    } else if (
      row < before.length &&
      (column >= after.length || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push(`- ${before[row]}`);
      row += 1;
    } else {
      lines.push(`+ ${after[column]}`);
      column += 1;
    }
  }
  return lines;
}
