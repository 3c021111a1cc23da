import { type Static, Type } from 'typebox';
import { readLocalDateTime, shortDateTime } from '../../engine/local-time.ts';
import { InvalidRequestError } from '../../errors.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));

/** Body of `POST /migrate/visits`: spec section 3.2. */
export const VisitFilter = Type.Object({
  prisonIds: nullable(
    Type.Array(Type.String(), {
      title: 'Prisons',
      description: 'Codes such as WLI; every prison without one',
    }),
  ),
  visitTypes: nullable(
    Type.Array(Type.String(), {
      title: 'Visit types',
      description: 'SCON social, OFFI official; SCON without one',
    }),
  ),
  fromDateTime: nullable(
    Type.String({ title: 'Entered from', description: 'Such as 2024-03-01T00:00:00, inclusive' }),
  ),
  toDateTime: nullable(
    Type.String({ title: 'Entered until', description: 'Such as 2024-06-30T23:59:59, inclusive' }),
  ),
  endDateTime: nullable(Type.String({ description: 'Former name of toDateTime, which wins' })),
  ignoreMissingRoom: nullable(Type.Boolean({ title: 'Leave out visits without a room' })),
});
export type VisitFilter = Static<typeof VisitFilter>;

/** The effective filter; null members are left out. */
export function readVisitFilter(body: VisitFilter): Record<string, unknown> {
  const fromDateTime = readTime('fromDateTime', body.fromDateTime);
  const toDateTime = readTime('toDateTime', body.toDateTime) ?? readTime('endDateTime', body.endDateTime);
  return {
    prisonIds: body.prisonIds ?? [],
    visitTypes: body.visitTypes ?? ['SCON'],
    ...(fromDateTime === undefined ? {} : { fromDateTime }),
    ...(toDateTime === undefined ? {} : { toDateTime }),
    ignoreMissingRoom: body.ignoreMissingRoom ?? false,
  };
}

/** Of `GET /visits/ids`: absent filters are left out (spec section 6.3). */
export function visitQuery(filter: Record<string, unknown>) {
  const { prisonIds, visitTypes, fromDateTime, toDateTime, ignoreMissingRoom } = filter as {
    prisonIds?: string[];
    visitTypes?: string[];
    fromDateTime?: string;
    toDateTime?: string;
    ignoreMissingRoom?: boolean;
  };
  return {
    prisonIds: prisonIds ?? [],
    visitTypes: visitTypes ?? [],
    fromDateTime: fromDateTime && shortDateTime(fromDateTime),
    toDateTime: toDateTime && shortDateTime(toDateTime),
    ignoreMissingRoom,
  };
}

function readTime(name: string, text: string | null | undefined): string | undefined {
  if (text === null || text === undefined) return undefined;
  const time = readLocalDateTime(text);
  if (time === undefined)
    throw new InvalidRequestError(`${name} must be a local date-time, such as 2031-05-04T09:12:33`);
  return time;
}
