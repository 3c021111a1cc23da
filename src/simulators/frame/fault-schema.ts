import Type, { type Static } from 'typebox';
import { schemaProblems } from './schema-problems.ts';

export const FAULT_KINDS = ['status', 'delay', 'timeout_after_commit', 'reset', 'gone'] as const;

const Fault = Type.Object(
  {
    match: Type.Optional(
      Type.Object(
        { method: Type.Optional(Type.String()), path: Type.Optional(Type.String()) },
        { additionalProperties: false },
      ),
    ),
    kind: Type.Enum(FAULT_KINDS),
    status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599 })),
    delayMs: Type.Optional(Type.Number({ minimum: 0, maximum: 600_000 })),
    rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    count: Type.Optional(Type.Integer({ minimum: 0 })),
    body: Type.Optional(Type.Unknown()),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

export type Fault = Static<typeof Fault>;

/** The faults in a request body, or what is wrong with it. */
export function parseFaults(value: unknown): { faults: Fault[] } | { problems: string[] } {
  if (!Array.isArray(value)) {
    return {
      problems: [
        'The body must be a JSON array of faults, for example [{"match":{"path":"/*"},"kind":"status","status":503}]; [] removes all.',
      ],
    };
  }
  const problems = value.flatMap((fault, index) => problemsOf(fault, `[${index}]`));
  // problemsOf checked each member against the schema.
  return problems.length > 0 ? { problems } : { faults: value as Fault[] };
}

function problemsOf(value: unknown, place: string): string[] {
  const problems = schemaProblems(Fault, value, place).map((problem) =>
    problem.startsWith(`${place}.kind`) ? `${place}.kind must be one of ${FAULT_KINDS.join(', ')}` : problem,
  );
  if (problems.length > 0) return [...new Set(problems)];
  const fault = value as Fault;
  if (fault.kind === 'status' && fault.status === undefined)
    return [`${place}.status is needed for kind status`];
  if (fault.kind === 'delay' && fault.delayMs === undefined)
    return [`${place}.delayMs is needed for kind delay`];
  return [];
}
