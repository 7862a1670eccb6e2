import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../../contract/model/problem.ts';
import { MAX_REQUEST_BODY_BYTES } from '../constants.ts';

/** The JSON body of a request, undefined where it is empty. Throws `invalid-request` where it is too large or no JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_REQUEST_BODY_BYTES) {
      throw new ProblemError('invalid-request', `The body is larger than ${MAX_REQUEST_BODY_BYTES} bytes.`, 'Send large data as a blob.');
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProblemError('invalid-request', 'The body is not valid JSON.', 'Correct it and send it again.', { cause: error });
  }
}
