import type { FastifyReply } from 'fastify';
import type { CallerProblem } from '../callers/caller.ts';

/** An answer the hosting gateway gave before a handler ran: spec section 3.1.4. */
export interface GatewayAnswer {
  status: number;
  message: string;
}

const missingToken: GatewayAnswer = { status: 403, message: 'Missing Authentication Token' };

const REFUSALS: Record<CallerProblem, GatewayAnswer> = {
  unknown_key: { status: 403, message: 'The security token included in the request is invalid.' },
  bad_token: { status: 403, message: 'The security token included in the request is invalid.' },
  mismatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your secret access key and the signing method.',
  },
  expired: { status: 403, message: 'Signature expired: its date is more than 5 minutes from ours.' },
};

export const gatewayAnswers = {
  missingToken,
  refusal: (problem: CallerProblem | undefined): GatewayAnswer =>
    problem === undefined ? missingToken : REFUSALS[problem],
  crash: { status: 502, message: 'Internal server error' },
  unavailable: { status: 503, message: 'Service Unavailable' },
  badRequest: { status: 400, message: 'Bad Request' },
  tooLarge: { status: 413, message: 'Request Too Long' },
  timedOut: { status: 504, message: 'Endpoint request timed out' },
  tooManyRequests: { status: 429, message: 'Too Many Requests' },
} as const;

export function gatewayAnswer(reply: FastifyReply, { status, message }: GatewayAnswer): FastifyReply {
  return reply
    .code(status)
    .header('access-control-allow-origin', '*')
    .header('access-control-allow-headers', '*')
    .header('content-type', 'application/json')
    .send(JSON.stringify({ message }));
}
