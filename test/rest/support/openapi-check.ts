/** Holds answers against the OpenAPI document: whatever a test asks for must look as the document says. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { openApiDocument } from '../../../src/rest/openapi/document.js';

interface Operation {
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: object }>> }>>;
}

const document = openApiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormatsModule as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema({ $id: 'openapi', ...document });
const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
/** Paths without parameters first, as the application looks for them. */
const routes = Object.keys(paths)
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));
const validators = new Map<string, ValidateFunction>();

/** What is wrong with an answer; undefined for one that fits, and for routes that are not ours. */
export function misfit(method: string, url: string, status: number, type: string, body: unknown): string | undefined {
  const at = url.split('?', 1)[0]!;
  const route = routes.find(({ path, pattern }) => pattern.test(at) && method.toLowerCase() in paths[path]!);
  if (!route || status === 304 || body === undefined) return undefined;
  const { responses } = paths[route.path]![method.toLowerCase()]!;
  const key = status in responses ? String(status) : status >= 400 ? 'default' : undefined;
  if (key === undefined) return `${method} ${at} answered ${status}, which is not documented`;
  const media = type.split(';', 1)[0]!;
  // What the host answers before a route is reached has the host's own shape.
  if (status >= 400 && media === 'application/json') return undefined;
  if (!responses[key]!.content?.[media])
    return `${method} ${at} answered ${status} as ${media}, which is not documented`;
  const pointer = ['paths', route.path, method.toLowerCase(), 'responses', key, 'content', media, 'schema'];
  const ref = `openapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  let validate = validators.get(ref);
  if (!validate) validators.set(ref, (validate = ajv.compile({ $ref: ref })));
  return validate(body) ? undefined : `${method} ${at} answered ${status}: ${ajv.errorsText(validate.errors)}`;
}
