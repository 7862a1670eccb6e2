/** Makes the image of the small job on the local engine; returns its id. */
export declare function buildSmallImage(): Promise<string>;
