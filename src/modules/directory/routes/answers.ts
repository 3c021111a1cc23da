/**
 * The endpoint's answers, exact to the byte (spec section 3.2). Some say `Message` and some `message`, as the
 * original's gateway does.
 */
export const answers = {
  accepted: json({ Message: 'Change event received' }),
  badRequest: json({ Message: 'Bad Request' }),
  serverError: json({ Message: 'Server Error' }),
  accessDenied: json({ Message: 'Access Denied, please contact the development team for assistance' }),
  forbidden: json({ message: 'Forbidden' }),
  missingToken: json({ message: 'Missing Authentication Token' }),
  tooManyRequests: json({ message: 'Too Many Requests' }),
  unsupportedMediaType: json({ message: 'Unsupported Media Type' }),
};

export const securityHeaders = {
  'cache-control': 'no-cache',
  pragma: 'no-store',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'self'",
};

/** Buffers go out as they are; Fastify would add a charset to the content type of a string or an object. */
function json(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}
