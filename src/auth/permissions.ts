import { didYouMean } from '../core/nearest-name.js';

/** What can be done with what. A permission is one pair of it, written `task.cancel`. */
export const RESOURCES = {
  task: ['index', 'show', 'create', 'update', 'destroy', 'cancel', 'retry', 'resolve', 'pause', 'resume', 'annotate'],
  workflow_step: ['index', 'show', 'update', 'destroy', 'cancel', 'retry', 'resolve', 'skip'],
  handler: ['index', 'show'],
  health_status: ['index'],
  metrics: ['index'],
  analytics: ['index'],
} as const;

export type Resource = keyof typeof RESOURCES;
export type Action<R extends Resource = Resource> = (typeof RESOURCES)[R][number];

/** All permissions there are, e.g. `task.cancel`. */
export const PERMISSIONS: readonly string[] = Object.entries(RESOURCES).flatMap(([resource, actions]) =>
  actions.map((action) => `${resource}.${action}`),
);

export function isPermission(resource: string, action: string): boolean {
  return PERMISSIONS.includes(`${resource}.${action}`);
}

/**
 * Whether a pattern covers a permission: `task.cancel` itself, `task.*` whatever is done with tasks, `*.show` reading of
 * single things, `*` (or `*.*`) everything. A star stands for one whole part and for nothing less.
 */
export function covers(pattern: string, resource: string, action: string): boolean {
  if (pattern === '*') return true;
  const [wantedResource, wantedAction, ...more] = pattern.split('.');
  if (more.length > 0) return false;
  return (wantedResource === '*' || wantedResource === resource) && (wantedAction === '*' || wantedAction === action);
}

/** What is wrong with a pattern, as the end of a sentence that begins with it; undefined when nothing is. */
export function faultOfPattern(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return 'is no text';
  if (PERMISSIONS.some((permission) => covers(pattern, ...(permission.split('.') as [string, string]))))
    return undefined;
  return `fits no permission.${didYouMean(pattern, PERMISSIONS)}`;
}
