import { json, type Reply } from '../frame/replies.ts';

/** The error body that all services of this family share. */
export function apiError(status: number, userMessage: string, developerMessage = userMessage): Reply {
  return json(status, { status, errorCode: null, userMessage, developerMessage, moreInfo: null });
}

export function notFound(what: string): Reply {
  return apiError(404, `Not Found: ${what}`, what);
}

export function validationFailure(problem: string): Reply {
  return apiError(400, `Validation failure: ${problem}`, problem);
}
