import Type, { type Static } from 'typebox';
import { schemaProblems } from '../frame/schema-problems.ts';

export const OUTCOMES = ['by-number', 'delivered', 'temporary-failure', 'permanent-failure', 'none'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const ProviderSettings = Type.Object(
  {
    /** Where receipts go unless a message names another address. */
    receiptUrl: Type.Optional(Type.String({ maxLength: 2000 })),
    receiptDelayMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
    /** What becomes of messages; `by-number` fails those to 07700 900003 for now and 07700 900002 for good. */
    outcome: Type.Enum(OUTCOMES),
    /** Whether a second message with a known reference is recognised and not sent again. */
    honoursReferences: Type.Boolean(),
    inboundUrl: Type.Optional(Type.String({ maxLength: 2000 })),
    inboundUser: Type.String({ maxLength: 200 }),
    inboundPassword: Type.String({ maxLength: 200 }),
  },
  { additionalProperties: false },
);
export type ProviderSettings = Static<typeof ProviderSettings>;

/** The settings with the given ones changed, or what is wrong with them. */
export function changeSettings(
  current: ProviderSettings,
  change: unknown,
): { settings: ProviderSettings } | { problems: string[] } {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return { problems: ['The body must be a JSON object of settings; GET shows them.'] };
  }
  const settings = { ...current, ...change };
  const problems = schemaProblems(ProviderSettings, settings, 'settings');
  for (const url of [settings.receiptUrl, settings.inboundUrl]) {
    if (url !== undefined && !URL.canParse(url)) problems.push(`${url} is not an address`);
  }
  return problems.length > 0 ? { problems } : { settings };
}

/** A form sends texts; an empty address is none. */
export function readSettingsForm(body: string): Record<string, unknown> {
  const form = new URLSearchParams(body);
  return {
    receiptUrl: form.get('receiptUrl') || undefined,
    receiptDelayMs: Number(form.get('receiptDelayMs') || Number.NaN),
    outcome: form.get('outcome') ?? '',
    honoursReferences: form.get('honoursReferences') === 'on',
  };
}
