import { openDevice } from '../gpu/device.ts';
import { serve } from './serve.ts';

/** A process that measures one device. Whatever that does to it, the agent lives on. */
await serve(openDevice);
