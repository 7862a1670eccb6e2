import { type Server } from 'node:http';
import type { Logger } from '../../lib/log.ts';
import type { Blobs } from '../blobs.ts';
import { type ApiRoom } from './router.ts';
export interface HttpRoom extends ApiRoom {
  readonly blobs: Blobs;
  readonly logger: Logger;
}
/** The cloud API over HTTP: RPC routes of the contract, raw blobs, /health and /openapi.json. Every failure is a problem document. */
export declare function createHttpServer(room: HttpRoom): Server;
