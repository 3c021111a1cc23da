import type { TokenIssuer } from '../auth/token-issuer.ts';
import { json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError, notFound, validationFailure } from '../hmpps/api-errors.ts';
import { bodyProblem, type Members } from '../hmpps/body-checks.ts';
import { createIdempotencyKeys, createTargetRecords, type TargetRecords } from '../hmpps/target-records.ts';
import { runTarget } from '../hmpps/target-simulator.ts';
import type { NomisAdjustment } from '../nomis/adjustments.ts';
import type { NomisWorld } from '../nomis/nomis-world.ts';
import { prisonerOfBooking } from '../nomis/prisoners.ts';

const MEDIA_TYPE = 'application/vnd.nomis-offence+json';
const ROLES = ['ROLE_SENTENCE_ADJUSTMENTS_SYNCHRONISATION'];

const LEGACY_ADJUSTMENT = {
  bookingId: 'number',
  sentenceSequence: 'number?',
  offenderNo: 'text',
  adjustmentType: ['ADA', 'RADA', 'UAL', 'LAL', 'SREM', 'RSR', 'RST', 'RX', 'S240A', 'UR', 'TCA', 'TSA'],
  adjustmentDate: 'date?',
  adjustmentFromDate: 'date?',
  adjustmentDays: 'number',
  comment: 'text?',
  active: 'flag',
  bookingReleased: 'flag',
  agencyId: 'text?',
  currentTerm: 'flag',
} as const;

/** Keeps adjustments in the form of NOMIS; every create makes one, whether it is there or not. */
export function adjustmentsSimulator(world: NomisWorld, issuer: TokenIssuer): Simulator {
  return {
    name: 'adjustments',
    title: 'Adjustments API',
    standsFor: 'the adjustments API, to which sentencing adjustments go',
    setting: 'API_BASE_URL_SENTENCING',
    start: async () => startAdjustments(world, issuer),
  };
}

function startAdjustments(world: NomisWorld, issuer: TokenIssuer): RunningSimulator {
  const records = createTargetRecords<Members>();
  const keys = createIdempotencyKeys();
  const create = (request: SimulatorRequest): Reply =>
    withAdjustment(request, (body) =>
      json(201, { adjustmentId: keys.once(request, () => records.create(body, sourceOf(world, body))) }),
    );
  return runTarget({
    issuer,
    roles: ROLES,
    records,
    keys,
    noun: 'adjustments',
    routes: [
      { method: 'POST', path: '/legacy/adjustments', answer: create },
      { method: 'POST', path: '/legacy/adjustments/migration', answer: create },
      {
        method: 'GET',
        path: '/legacy/adjustments/{adjustmentId}',
        answer: (_request, id = '') => {
          const adjustment = records.get(id);
          return adjustment ? json(200, adjustment) : missing(id);
        },
      },
      {
        method: 'PUT',
        path: '/legacy/adjustments/{adjustmentId}',
        answer: (request, id = '') =>
          withAdjustment(request, (body) => (records.update(id, body) ? done() : missing(id))),
      },
      {
        method: 'DELETE',
        path: '/legacy/adjustments/{adjustmentId}',
        answer: (request, id = '') => remove(records, request, id),
      },
    ],
  });
}

function remove(records: TargetRecords<Members>, request: SimulatorRequest, id: string): Reply {
  return wrongMediaType(request) ?? (records.remove(id) ? done() : missing(id));
}

function done(): Reply {
  return { status: 200, headers: {}, body: '' };
}

function missing(id: string): Reply {
  return notFound(`No adjustment found with id ${id}`);
}

function withAdjustment(request: SimulatorRequest, answer: (body: Members) => Reply): Reply {
  const refused = wrongMediaType(request);
  if (refused) return refused;
  const body = jsonBody(request);
  const problem = bodyProblem(body, LEGACY_ADJUSTMENT);
  // bodyProblem found every member as it has to be.
  return problem === undefined ? answer(body as Members) : validationFailure(problem);
}

function wrongMediaType(request: SimulatorRequest): Reply | undefined {
  const given = request.headers['content-type']?.split(';')[0]?.trim();
  return given === MEDIA_TYPE ? undefined : apiError(415, `Content-Type '${given ?? ''}' is not supported`);
}

/** The adjustment of NOMIS that this one was made of, `SENTENCE/150001`, when just one can be it; else what it says. */
function sourceOf(world: NomisWorld, body: Members): string {
  const isSentence = typeof body.sentenceSequence === 'number';
  const all = isSentence ? world.sentenceAdjustments : world.keyDateAdjustments;
  const [only, ...others] = all
    .ofParent(prisonerOfBooking(Number(body.bookingId)))
    .filter((adjustment) => isMadeOf(body, adjustment));
  if (only && others.length === 0) return `${isSentence ? 'SENTENCE' : 'KEY-DATE'}/${only.id}`;
  return [
    body.bookingId,
    body.sentenceSequence,
    body.adjustmentType,
    body.adjustmentFromDate,
    body.adjustmentDays,
  ]
    .map((value) => String(value ?? ''))
    .join(' ');
}

function isMadeOf(body: Members, adjustment: NomisAdjustment): boolean {
  return (
    (body.sentenceSequence ?? undefined) === adjustment.sentenceSequence &&
    body.adjustmentType === adjustment.adjustmentType.code &&
    (body.adjustmentDate ?? undefined) === adjustment.adjustmentDate &&
    (body.adjustmentFromDate ?? undefined) === adjustment.adjustmentFromDate &&
    body.adjustmentDays === adjustment.adjustmentDays
  );
}
