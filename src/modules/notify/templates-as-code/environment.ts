import type { TemplateText } from './template-file.ts';

export type StoredText = TemplateText & { id: string; version: number };

/** One place where a service has its templates: this installation, or another one by its internal API. */
export interface TemplateEnvironment {
  /** For people: what the templates are compared with. */
  readonly name: string;
  /** Neither archived nor hidden ones. */
  list(): Promise<StoredText[]>;
  /** Returns the id the template got. */
  create(template: TemplateText): Promise<string>;
  update(id: string, template: TemplateText): Promise<void>;
}

/** The environment refused what was asked; its message says why. */
export class EnvironmentRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EnvironmentRefusal';
  }
}
