import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import * as z from 'zod';
import { cloudContract } from '../../contract/cloud-api.ts';
import { problem } from '../../contract/model/problem.ts';
import { VERSION } from '../../lib/version.ts';
import { PROBLEM_TYPE } from './problems.ts';

/** The API as an OpenAPI document: generated from the contract, with the one shape that every failure has. */
export async function openApiDocument(): Promise<unknown> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(cloudContract, {
    info: { title: 'Nightshift network', version: VERSION },
    security: [{ bearer: [] }, {}],
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'What went wrong (RFC 9457)',
          content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  });
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => {
    const operations = Object.entries(item ?? {}).map(([method, operation]) => {
      const responses = { ...(operation as { responses?: object }).responses, default: { $ref: '#/components/responses/Problem' } };
      return [method, { ...(operation as object), responses }];
    });
    return [path, Object.fromEntries(operations)];
  });
  const schemas = { ...document.components?.schemas, Problem: z.toJSONSchema(problem) };
  return { ...document, paths: Object.fromEntries(paths), components: { ...document.components, schemas } };
}
