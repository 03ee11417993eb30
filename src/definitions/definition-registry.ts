import { Injectable } from '@nestjs/common';
import semver from 'semver';
import { NotFoundError, TaskerError, ValidationError, type DefinitionIssue } from '../core/errors.js';
import { nearestName } from '../core/nearest-name.js';
import { type Definition } from './definition.js';
import { DEFAULT_NAMESPACE, DEFAULT_VERSION } from './task-template.js';

interface Entry {
  readonly definition: Definition;
  readonly source: string;
}

export interface ResolveOptions {
  /** @default 'default' */
  readonly namespace?: string;
  /** Exact `1.2.3`, a range such as `^1.0`, or `latest`. @default `0.1.0`, else the only version there is */
  readonly version?: string;
}

/**
 * The workflows this process knows, by (namespace, name, version). Filled while the application boots, then frozen: what
 * a name means does not change under a running process.
 */
@Injectable()
export class DefinitionRegistry {
  private readonly namespaceMap = new Map<string, Map<string, Map<string, Entry>>>();
  private frozen = false;

  /**
   * Takes a definition. The same one twice is fine; another one under the same key is an issue, unless it replaces.
   * @param source where it was written, for messages
   */
  register(definition: Definition, source: string, { replace = false } = {}): DefinitionIssue | undefined {
    if (this.frozen) {
      throw new TaskerError('REGISTRY_FROZEN', `Registered ${definition.fullName} after the application has started.`, {
        hint: 'Declare workflows with @TaskHandler, or in the files and objects of the `definitions` option.',
      });
    }
    const names = getOrCreate(this.namespaceMap, definition.namespace, () => new Map<string, Map<string, Entry>>());
    const versions = getOrCreate(names, definition.name, () => new Map<string, Entry>());
    const known = versions.get(definition.version);
    if (known && !replace) {
      if (known.definition.hash === definition.hash) return undefined;
      const message = `${definition.fullName} is already defined in ${known.source}, with other content`;
      return { code: 'DUPLICATE_HANDLER', message, source };
    }
    versions.set(definition.version, { definition, source });
    return undefined;
  }

  /** From now on nothing is registered any more. */
  freeze(): void {
    this.frozen = true;
  }

  /** Exactly this one, or undefined. */
  get(namespace: string, name: string, version: string): Definition | undefined {
    return this.versionMap(namespace, name)?.get(version)?.definition;
  }

  /**
   * The definition that a request means.
   * @throws NotFoundError `HANDLER_NOT_FOUND`, with the known versions and the closest names
   * @throws ValidationError when `version` is neither a version nor a range
   */
  resolve(name: string, { namespace = DEFAULT_NAMESPACE, version }: ResolveOptions = {}): Definition {
    const entries = this.versionMap(namespace, name);
    const exact = entries?.get(version ?? DEFAULT_VERSION);
    if (exact) return exact.definition;
    const versions = [...(entries?.keys() ?? [])];
    const chosen = chooseVersion(versions, version);
    if (entries && chosen !== undefined) return entries.get(chosen)!.definition;
    throw this.notFound(namespace, name, version, versions.sort(semver.compareBuild));
  }

  /** Namespaces that have definitions, in order of name. */
  namespaces(): readonly string[] {
    return Object.freeze([...this.namespaceMap.keys()].sort());
  }

  /** All definitions, or those of one namespace: by namespace and name, older versions first. */
  definitions(namespace?: string): readonly Definition[] {
    const all = [...this.namespaceMap.values()].flatMap((names) =>
      [...names.values()].flatMap((versions) => [...versions.values()].map(({ definition }) => definition)),
    );
    const listed = namespace === undefined ? all : all.filter((definition) => definition.namespace === namespace);
    return Object.freeze(
      listed.sort(
        (a, b) =>
          compareText(a.namespace, b.namespace) ||
          compareText(a.name, b.name) ||
          semver.compareBuild(a.version, b.version),
      ),
    );
  }

  get size(): number {
    return this.definitions().length;
  }

  private versionMap(namespace: string, name: string): ReadonlyMap<string, Entry> | undefined {
    return this.namespaceMap.get(namespace)?.get(name);
  }

  private notFound(namespace: string, name: string, version: string | undefined, versions: string[]): NotFoundError {
    const asked = `No workflow ${namespace}.${name}${version === undefined ? '' : `@${version}`}`;
    const details = { namespace, name, version: version ?? null, known_versions: versions };
    if (versions.length > 0) {
      const found = `${asked}${version === undefined ? ' of one version only' : ''}; there is ${versions.join(', ')}.`;
      return new NotFoundError('HANDLER_NOT_FOUND', found, {
        hint: 'Name one of these versions, a range such as ^1.0, or latest (which leaves out pre-releases).',
        details: { ...details, close_names: [] },
      });
    }
    const elsewhere = this.namespaces().filter((other) => this.versionMap(other, name));
    const names = [...(this.namespaceMap.get(namespace)?.keys() ?? [])];
    const close = [nearestName(name, names), ...elsewhere.map((other) => `${other}.${name}`)].filter(
      (text) => text !== undefined,
    );
    const otherSpace = names.length === 0 ? nearestName(namespace, this.namespaces()) : undefined;
    if (otherSpace !== undefined && close.length === 0) close.push(`${otherSpace}.${name}`);
    return new NotFoundError('HANDLER_NOT_FOUND', `${asked} is known to this process.`, {
      hint:
        close.length > 0 ? `Did you mean ${close.join(' or ')}?` : 'Declare it with @TaskHandler or a definition file.',
      details: { ...details, close_names: close },
    });
  }
}

/** Which of the versions is meant; undefined when none is. */
function chooseVersion(versions: readonly string[], wanted: string | undefined): string | undefined {
  if (wanted === undefined) return versions.length === 1 ? versions[0] : undefined;
  if (wanted === 'latest') {
    return semver.rsort(versions.filter((version) => !semver.prerelease(version)))[0];
  }
  if (wanted.trim() === '' || semver.validRange(wanted) === null) {
    const message = 'must be a version (1.2.3), a range (^1.0) or "latest"';
    throw new ValidationError(`The version ${JSON.stringify(wanted)} cannot be read: it ${message}.`, [
      { path: 'version', code: 'format', message },
    ]);
  }
  return semver.maxSatisfying([...versions], wanted) ?? undefined;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
