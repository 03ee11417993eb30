import { LIBRARY_VERSION } from '../../core/version.js';
import { ANALYSIS_SCHEMAS } from './analysis-schemas.js';
import { REQUEST_SCHEMAS } from './request-schemas.js';
import { type RouteDescription, ROUTES } from './routes.js';
import { id, ref, type Schema, text } from './schema-words.js';
import { TASK_SCHEMAS } from './task-schemas.js';

const PROBLEM = { 'application/problem+json': { schema: ref('Problem') } };
const IDS = new Set(['id', 'task_id']);

/**
 * The REST interface as an OpenAPI 3.1 document. It describes; nothing is made from it, so that no host needs a package
 * for it.
 * @param path where the routes are mounted
 */
export function openApiDocument({ path = 'tasker' }: { readonly path?: string } = {}): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [route, description] of Object.entries(ROUTES)) {
    const [method, at] = route.split(' ') as [string, string];
    (paths[`/${path}${at}`] ??= {})[method.toLowerCase()] = operation(at, description);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'nestjs-tasker',
      version: LIBRARY_VERSION,
      description: 'Tasks, their steps, and what an operator does with them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: { schemas: { ...TASK_SCHEMAS, ...ANALYSIS_SCHEMAS, ...REQUEST_SCHEMAS } },
  };
}

function operation(at: string, description: RouteDescription): Record<string, unknown> {
  const { id: operationId, summary, query = {}, headers = [], body, mustHaveBody = false } = description;
  const inPath = [...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const parameters = [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: IDS.has(name) ? id : text })),
    ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema })),
    ...headers.map((name) => ({ name, in: 'header', schema: text })),
  ];
  return {
    operationId,
    summary,
    tags: [at.startsWith('/handlers') ? 'handlers' : at.includes('workflow_steps') ? 'steps' : 'tasks'],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: mustHaveBody, content: { 'application/json': { schema: ref(body) } } } }),
    responses: responses(description),
  };
}

function responses({ answers, refusals = {} }: RouteDescription): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(answers)) {
    const content = contentOf(answer);
    all[status] = { description: 'As asked for', ...(Object.keys(content).length > 0 && { content }) };
  }
  for (const [status, codes] of Object.entries({ 400: ['INVALID_REQUEST'], ...refusals })) {
    all[status] = { description: codes.join(', '), content: PROBLEM };
  }
  all['default'] = { description: 'Any other refusal', content: PROBLEM };
  return all;
}

function contentOf(answer: Schema | readonly string[]): Record<string, unknown> {
  if (Array.isArray(answer)) return Object.fromEntries((answer as string[]).map((type) => [type, { schema: text }]));
  const { 'x-also': also = [], ...schema } = answer as Schema & { 'x-also'?: readonly string[] };
  const others = also.map((type) => [type, { schema: text }] as const);
  return { 'application/json': { schema }, ...Object.fromEntries(others) };
}
