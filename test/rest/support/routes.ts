/** All routes that we mount, as the running application has them. */
import { RequestMethod } from '@nestjs/common';
import { GUARDS_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { type OPEN, REQUIREMENT, type Requirement } from '../../../src/auth/requires.decorator.js';
import { type Host } from './host.js';

export interface Route {
  /** `GET /tasks/:id` */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly requirement: Requirement | typeof OPEN | undefined;
  readonly guards: readonly unknown[];
}

/** The modules of ours that have controllers, by what all of their names have. */
const OURS = ['RestModule', 'HealthModule'];

export function routesOf(host: Host): Route[] {
  const modules = [...host.app.get(ModulesContainer).values()];
  const controllers = modules
    .filter((module) => OURS.includes(module.metatype.name))
    .flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => routesOfController(metatype as new () => object));
}

function routesOfController(controller: new () => object): Route[] {
  const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const route = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, route) as RequestMethod | undefined;
    if (method === undefined) return [];
    const path = `/${[prefix, Reflect.getMetadata(PATH_METADATA, route) as string].join('/')}`
      .replace(/\/+/g, '/')
      .replace(/(.)\/$/, '$1');
    const both = (key: string): unknown[] =>
      [route, controller].map((target) => Reflect.getMetadata(key, target) as unknown);
    return [
      {
        name: `${RequestMethod[method]} ${path}`,
        method: RequestMethod[method],
        path,
        requirement: both(REQUIREMENT).find((found) => found !== undefined) as Requirement | undefined,
        guards: both(GUARDS_METADATA).flat(),
      },
    ];
  });
}
