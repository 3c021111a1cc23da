import Type, { type Static } from 'typebox';
import { schemaProblems } from '../frame/schema-problems.ts';
import { EVENT_KINDS, type EventMix } from './event-plan.ts';

const Share = Type.Number({ minimum: 0, maximum: 1_000_000 });

const RunRequest = Type.Object(
  {
    target: Type.Optional(Type.String()),
    apiKey: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]*$' })),
    events: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
    rate: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
    connections: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
    /** Share of all codes, from the first on. */
    codes: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    mix: Type.Optional(
      Type.Object(
        {
          changed: Type.Optional(Share),
          unchanged: Type.Optional(Share),
          stale: Type.Optional(Share),
          duplicate: Type.Optional(Share),
          poison: Type.Optional(Share),
          unmatched: Type.Optional(Share),
        },
        { additionalProperties: false },
      ),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
  },
  { additionalProperties: false },
);

export interface RunSettings {
  readonly target: string;
  readonly apiKey: string;
  readonly events: number;
  readonly rate: number;
  readonly connections: number;
  readonly codes: number;
  readonly mix: EventMix;
  readonly seed: number;
}

/** The settings of a run with every default filled in, or what is wrong with the request. */
export function parseRunRequest(
  value: unknown,
  defaults: { target: string | undefined; apiKey: string | undefined },
): RunSettings | { problems: string[] } {
  const problems = schemaProblems(RunRequest, value, 'body');
  if (problems.length > 0) return { problems };
  // schemaProblems found none.
  const request = value as Static<typeof RunRequest>;
  const target = request.target || defaults.target;
  if (target === undefined || !/^https?:\/\//.test(target) || !URL.canParse(target)) {
    return { problems: ['body.target must be the http or https address of a change event endpoint'] };
  }
  const mix = fillMix(request.mix);
  if (EVENT_KINDS.every((kind) => mix[kind] === 0)) {
    return { problems: ['body.mix must give at least one kind a share above 0'] };
  }
  const { events, rate = 0, connections = 8, codes = 1, seed = 1 } = request;
  return {
    target,
    apiKey: request.apiKey || defaults.apiKey || '',
    events,
    rate,
    connections,
    codes,
    mix,
    seed,
  };
}

/** Without a mix every event is a change; with one, kinds it leaves out are not sent. */
function fillMix(given: Partial<EventMix> | undefined): EventMix {
  const none = { changed: 0, unchanged: 0, stale: 0, duplicate: 0, poison: 0, unmatched: 0 };
  return given === undefined ? { ...none, changed: 1 } : { ...none, ...given };
}

/** The fields of the page's form as the request they stand for; empty fields are left out. */
export function readRunForm(body: string): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  const mix: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(body)) {
    if (text.trim() === '') continue;
    if (name.startsWith('mix.')) mix[name.slice(4)] = Number(text);
    else request[name] = name === 'target' || name === 'apiKey' ? text.trim() : Number(text);
  }
  return Object.keys(mix).length > 0 ? { ...request, mix } : request;
}
