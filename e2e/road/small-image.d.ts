/** Makes the image of the small jobs, /app/job.mjs and /app/counting.mjs, on the local engine; returns its id. */
export declare function buildSmallImage(): Promise<string>;
