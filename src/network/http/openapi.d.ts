/** The API as an OpenAPI document: generated from the contract, with the one shape that every failure has. */
export declare function openApiDocument(): Promise<unknown>;
