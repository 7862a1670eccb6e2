import type { IncomingMessage } from 'node:http';
/** The JSON body of a request, undefined where it is empty. Throws `invalid-request` where it is too large or no JSON. */
export declare function readJsonBody(request: IncomingMessage): Promise<unknown>;
