import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { RequestMethod } from '@nestjs/common';
import { format } from 'prettier';
import { openApiDocument } from '../../src/rest/openapi/document.js';
import { ROUTES } from '../../src/rest/openapi/routes.js';
import { REST_CONTROLLERS } from '../../src/rest/rest.module.js';
import { misfit } from './support/openapi-check.js';

const FILE = join(import.meta.dirname, '../../docs/openapi.json');

/** After a change on purpose: `UPDATE_OPENAPI=1 npm test -- test/rest/openapi`, and commit the difference. */
it('is what the committed file says', async () => {
  const fresh = await format(JSON.stringify(openApiDocument()), { parser: 'json', printWidth: 120 });
  if (process.env.UPDATE_OPENAPI === '1') writeFileSync(FILE, fresh);
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(fresh));
});

it('has every route that there is, and no other', () => {
  const found = REST_CONTROLLERS.flatMap((controller) => {
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const prototype = controller.prototype as unknown as Record<string, object>;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const method = Reflect.getMetadata(METHOD_METADATA, prototype[name]!) as RequestMethod | undefined;
      if (method === undefined) return [];
      const path = Reflect.getMetadata(PATH_METADATA, prototype[name]!) as string;
      const full = `/${base}${path === '/' ? '' : `/${path}`}`.replace(/:(\w+)/g, '{$1}');
      return [`${RequestMethod[method]} ${full}`];
    });
  });
  expect(found.sort()).toEqual(Object.keys(ROUTES).sort());
});

it('gives each operation an id of its own, and refers to nothing that is not there', () => {
  const ids = Object.values(ROUTES).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const document = openApiDocument();
  const { schemas } = document['components'] as { schemas: object };
  const refs = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!);
  expect(refs.filter((name) => !(name in schemas))).toEqual([]);
  expect(Object.keys(schemas).filter((name) => !refs.includes(name))).toEqual([]);
});

it('tells an answer that fits from one that does not', () => {
  const type = 'application/json; charset=utf-8';
  expect(misfit('DELETE', '/tasker/tasks/1', 200, type, { cancelled: true })).toBeUndefined();
  expect(misfit('DELETE', '/tasker/tasks/1', 200, type, { cancelled: 'yes' })).toMatch(/must be boolean/);
  expect(misfit('GET', '/tasker/handlers', 200, type, { namespaces: [], total_namespaces: 0, more: 1 })).toMatch(
    /additional/,
  );
  expect(misfit('GET', '/tasker/tasks/1', 204, type, {})).toMatch(/not documented/);
});
