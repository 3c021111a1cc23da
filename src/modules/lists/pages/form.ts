import type { FastifyRequest } from 'fastify';
import { storable } from '../gateway/text.ts';

/** Fields of a plain HTML form. */
export function readForm(request: FastifyRequest): (name: string) => string {
  const { body } = request;
  const fields = new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  return (name) => storable(fields.get(name) ?? '').trim();
}
