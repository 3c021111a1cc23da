import { comparableName } from './personalisation.ts';
import { compileContent, placeholderNames } from './placeholders.ts';

export interface TemplateTexts {
  readonly subject?: string | null;
  readonly content: string;
}

export interface TemplateDifference {
  readonly isSame: boolean;
  /** In the spelling of the newer version. */
  readonly placeholdersAdded: readonly string[];
  /** In the spelling of the older version. */
  readonly placeholdersRemoved: readonly string[];
}

/** What a new version of a template asks of those who send it that the old one did not. */
export function compareTemplates(older: TemplateTexts, newer: TemplateTexts): TemplateDifference {
  const before = namesOf(older);
  const after = namesOf(newer);
  return {
    isSame: older.content === newer.content && (older.subject ?? '') === (newer.subject ?? ''),
    placeholdersAdded: after.filter((name) => !hasName(before, name)),
    placeholdersRemoved: before.filter((name) => !hasName(after, name)),
  };
}

function namesOf(template: TemplateTexts): string[] {
  return placeholderNames([compileContent(template.subject ?? ''), compileContent(template.content)]);
}

function hasName(names: readonly string[], name: string): boolean {
  return names.some((one) => comparableName(one) === comparableName(name));
}
