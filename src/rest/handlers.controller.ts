import { Get, Param, Query } from '@nestjs/common';
import { type Access } from '../auth/access.js';
import { CurrentAccess, Requires } from '../auth/requires.decorator.js';
import { NotFoundError } from '../core/errors.js';
import { DefinitionRegistry } from '../definitions/definition-registry.js';
import { type Definition } from '../definitions/definition.js';
import { StepHandlerRegistry } from '../definitions/step-handler-registry.js';
import {
  type HandlerBody,
  handlerBody,
  handlerSummaries,
  type HandlerSummaryBody,
  namespaceBodies,
  type NamespaceBody,
} from './bodies/handler-body.js';
import { readInput, refused } from './input/read-input.js';
import { Optional, Text } from './input/rules.js';
import { RestController } from './route.decorators.js';

class VersionDto {
  /** Exact, a range such as `^1.0`, or `latest`. */
  @Optional() @Text() readonly version?: string;
}

/** The workflows that this process knows: what can be created, of which steps it is made, and what its context must be. */
@RestController('handlers')
export class HandlersController {
  constructor(
    private readonly registry: DefinitionRegistry,
    private readonly handlers: StepHandlerRegistry,
  ) {}

  @Get()
  @Requires('handler', 'index', 'filtered')
  namespaces(@CurrentAccess() access: Access): { namespaces: NamespaceBody[]; total_namespaces: number } {
    const namespaces = namespaceBodies(
      this.registry.definitions().filter((definition) => access.sees(definition.namespace)),
    );
    return { namespaces, total_namespaces: namespaces.length };
  }

  @Get(':namespace')
  @Requires('handler', 'index', { namespace: 'namespace' })
  namespace(@Param('namespace') namespace: string): {
    namespace: string;
    handlers: HandlerSummaryBody[];
    total_handlers: number;
  } {
    const handlers = handlerSummaries(this.ofNamespace(namespace));
    return { namespace, handlers, total_handlers: handlers.length };
  }

  /** One version of a workflow: the one that a request without a version would get, unless another is asked for. */
  @Get(':namespace/:name')
  @Requires('handler', 'show', { namespace: 'namespace' })
  async handler(@Param() params: unknown, @Query() query: unknown): Promise<{ handler: HandlerBody }> {
    const { namespace, name } = params as { namespace: string; name: string };
    const { version } = await readInput(VersionDto, query);
    const versions = this.ofNamespace(namespace).filter((definition) => definition.name === name);
    if (versions.length === 0) {
      throw new NotFoundError('HANDLER_NOT_FOUND', `There is no workflow of this name in this namespace.`);
    }
    return { handler: handlerBody(this.chosen(versions, version), versions, this.handlers) };
  }

  private ofNamespace(namespace: string): readonly Definition[] {
    const definitions = this.registry.definitions(namespace);
    if (definitions.length > 0) return definitions;
    throw new NotFoundError('NAMESPACE_NOT_FOUND', 'No workflow has this namespace.');
  }

  /** Without a version, and when there are several, the newest: one may look at a workflow without knowing its versions. */
  private chosen(versions: readonly Definition[], version: string | undefined): Definition {
    const { name, namespace } = versions[0]!;
    try {
      return this.registry.resolve(name, { namespace, version });
    } catch (error) {
      if (error instanceof NotFoundError && version === undefined) return versions.at(-1)!;
      if (error instanceof NotFoundError) throw error;
      throw refused([
        { path: 'version', code: 'format', message: 'must be a version, a range such as ^1.0, or latest' },
      ]);
    }
  }
}
