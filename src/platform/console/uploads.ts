import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpError } from '#platform/http';

/** As much as a page holds in memory: 32 MB. */
const LARGEST_UPLOAD_BYTES = 33_554_432;

/** Lets the forms of these pages carry a file: they come as their fields by name, the file among them. */
export function acceptUploads(app: FastifyInstance): void {
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer', bodyLimit: LARGEST_UPLOAD_BYTES },
    async (request: FastifyRequest, body: Buffer) => {
      const headers = { 'content-type': request.headers['content-type'] ?? '' };
      try {
        return Object.fromEntries(await new Response(new Uint8Array(body), { headers }).formData());
      } catch (error) {
        throw new HttpError(400, 'invalid_form', 'The form could not be read', { cause: error });
      }
    },
  );
}

/** The file that was chosen in the field `file`, if any: browsers send one without a name otherwise. */
export function uploadedFile({ body }: FastifyRequest): File | undefined {
  const file = typeof body === 'object' && body !== null && 'file' in body ? body.file : undefined;
  return file instanceof File && file.name !== '' ? file : undefined;
}
