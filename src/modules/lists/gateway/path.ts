import type { FastifyRequest } from 'fastify';
import { decodeLeniently, storable } from './text.ts';

/**
 * What follows `marker` in the path, taken from the raw request so that encoded slashes and any length survive, and
 * decoded twice (spec section 3.1.6).
 */
export function lastPathPart(request: FastifyRequest, marker: string): string {
  const raw = request.raw.url ?? '';
  const at = raw.indexOf(marker);
  const rest = at === -1 ? '' : raw.slice(at + marker.length);
  // An address that was not encoded brings its own query with it.
  const isEncoded = /^https?%3a/i.test(rest);
  const part = isEncoded ? (rest.split('?', 1)[0] ?? '') : rest;
  return storable(decodeLeniently(decodeLeniently(part)));
}
