import * as z from 'zod';

/** zod probes for `eval` when a schema is made, which the page's CSP reports as a violation. Imported before any schema. */
z.config({ jitless: true });
