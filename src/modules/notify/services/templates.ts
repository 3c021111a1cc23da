import type { Database } from '#platform/db';
import {
  compileEmail,
  type EmailTemplate,
  emailPlaceholders,
  missingFromEmail,
  renderEmailForApi,
  renderEmailHtml,
} from '../templates/email.ts';
import {
  compileLetter,
  type LetterTemplate,
  letterPlaceholders,
  missingFromLetter,
  renderLetterForApi,
} from '../templates/letter.ts';
import {
  compileSms,
  missingFromSms,
  renderSms,
  type SmsTemplate,
  smsPlaceholders,
} from '../templates/sms.ts';
import {
  findTemplate,
  findTemplateVersion,
  findTemplateVersions,
  type TemplateRow,
} from './template-queries.ts';
import { createTimedCache } from './timed-cache.ts';

/** The name of the hidden template of letters that came as PDF. */
export const PRECOMPILED_NAME = 'Pre-compiled PDF';

export interface ApiContent {
  body: string;
  /** Null for text messages. */
  subject: string | null;
}

/** One version of a template; its content is compiled when it is first needed and kept with it. */
export class Template {
  readonly row: TemplateRow;
  #sms: SmsTemplate | undefined;
  #email: EmailTemplate | undefined;
  #letter: LetterTemplate | undefined;

  constructor(row: TemplateRow) {
    this.row = row;
  }

  get isPrecompiled(): boolean {
    return this.row.hidden && this.row.name === PRECOMPILED_NAME;
  }

  sms(): SmsTemplate {
    this.#sms ??= compileSms(this.row);
    return this.#sms;
  }

  email(): EmailTemplate {
    this.#email ??= compileEmail({ subject: this.row.subject ?? '', content: this.row.content });
    return this.#email;
  }

  letter(): LetterTemplate {
    this.#letter ??= compileLetter({
      subject: this.row.subject ?? '',
      content: this.row.content,
      contactBlock: this.row.letter_contact_block,
      ...(this.row.letter_languages === 'welsh_then_english'
        ? { welshSubject: this.row.letter_welsh_subject, welshContent: this.row.letter_welsh_content }
        : {}),
    });
    return this.#letter;
  }

  placeholders(): string[] {
    if (this.row.template_type === 'sms') return smsPlaceholders(this.sms());
    return this.row.template_type === 'email'
      ? emailPlaceholders(this.email())
      : letterPlaceholders(this.letter());
  }

  missing(personalisation: Record<string, unknown>): string[] {
    if (this.row.template_type === 'sms') return missingFromSms(this.sms(), personalisation);
    return this.row.template_type === 'email'
      ? missingFromEmail(this.email(), personalisation)
      : missingFromLetter(this.letter(), personalisation);
  }

  /** What the API shows of a message. */
  fill(personalisation: Record<string, unknown>): ApiContent {
    if (this.row.template_type === 'sms') {
      return { body: renderSms(this.sms(), personalisation).body, subject: null };
    }
    return this.row.template_type === 'email'
      ? renderEmailForApi(this.email(), personalisation)
      : renderLetterForApi(this.letter(), personalisation);
  }

  /** The fragment inside the branded page; null for what is no email. */
  html(personalisation: Record<string, unknown>): string | null {
    return this.row.template_type === 'email' ? renderEmailHtml(this.email(), personalisation) : null;
  }
}

export interface Templates {
  /** The newest version, at most two seconds old; undefined when the service has no such template. */
  latest(serviceId: string, id: string): Promise<Template | undefined>;
  version(serviceId: string, id: string, version: number): Promise<Template | undefined>;
  /** The versions that rows were made from, by `keyOf`. */
  versionsOf(rows: readonly VersionRef[]): Promise<ReadonlyMap<string, Template>>;
  clear(): void;
}

export interface VersionRef {
  template_id: string;
  template_version: number;
}

export function keyOf(ref: VersionRef): string {
  return `${ref.template_id} ${ref.template_version}`;
}

const LATEST_MS = 2_000;
const VERSION_MS = 30_000;
const MOST_VERSIONS = 10_000;

export function createTemplates(db: Database): Templates {
  const latest = createTimedCache(LATEST_MS, async (key) => {
    const [serviceId = '', id = ''] = key.split(' ');
    const row = await findTemplate(db.kysely, serviceId, id);
    return row && new Template(row);
  });
  const versions = createTimedCache(VERSION_MS, async (key) => {
    const [serviceId = '', id = '', version = ''] = key.split(' ');
    const row = await findTemplateVersion(db.kysely, serviceId, id, Number(version));
    return row && new Template(row);
  });
  // A version never changes, so those that rows point at are kept as long as there is room.
  const known = new Map<string, Template>();
  return {
    latest: (serviceId, id) => latest.get(`${serviceId} ${id}`),
    version: (serviceId, id, version) => versions.get(`${serviceId} ${id} ${version}`),
    versionsOf: async (rows) => {
      const missing = new Map<string, { id: string; version: number }>();
      for (const row of rows) {
        if (!known.has(keyOf(row)))
          missing.set(keyOf(row), { id: row.template_id, version: row.template_version });
      }
      if (known.size + missing.size > MOST_VERSIONS) known.clear();
      const wanted = known.size === 0 ? rows : [];
      for (const row of wanted)
        missing.set(keyOf(row), { id: row.template_id, version: row.template_version });
      for (const row of await findTemplateVersions(db.kysely, [...missing.values()])) {
        known.set(keyOf({ template_id: row.id, template_version: row.version }), new Template(row));
      }
      return known;
    },
    clear: () => {
      latest.clear();
      versions.clear();
      known.clear();
    },
  };
}
