import { NotFoundError } from '../core/errors.js';
import { AuthorizationError } from './auth-errors.js';
import { type Principal } from './principal.js';

/** What an access asks beyond what it knows. */
export interface AccessQuestions {
  /** Asks the coordinator about one namespace; throws when it refuses. */
  decide(namespace: string): Promise<void>;
  /** The namespace of a task; undefined when there is no such task. */
  namespaceOf(taskId: unknown): Promise<string | undefined>;
  /** Whether the decision can differ between namespaces that the caller sees. */
  readonly perNamespace: boolean;
}

/**
 * What one request may see and touch. A route that concerns more than one task filters by {@link namespaces}, and demands
 * each namespace and each task that the request names.
 */
export class Access {
  /** Of requests while `auth` is off. */
  static readonly EVERYTHING = new Access(null);

  constructor(
    /** Who makes the request; null while `auth` is off. */
    readonly principal: Principal | null,
    private readonly questions?: AccessQuestions,
  ) {}

  /** The only namespaces that may be seen; null is all of them. */
  get namespaces(): readonly string[] | null {
    return this.principal?.namespaces ?? null;
  }

  sees(namespace: string): boolean {
    return this.namespaces === null || this.namespaces.includes(namespace);
  }

  /** @throws AuthorizationError when nothing may be done in this namespace */
  async demand(namespace: string): Promise<void> {
    if (!this.sees(namespace)) {
      throw new AuthorizationError('NAMESPACE_FORBIDDEN', 'The credentials are not for this namespace.');
    }
    if (this.questions?.perNamespace) await this.questions.decide(namespace);
  }

  /**
   * @throws NotFoundError for a task of a namespace that may not be seen, as if there were none; AuthorizationError when
   * its namespace may be seen, but this may not be done there
   */
  async demandTask(taskId: unknown): Promise<void> {
    if (!this.questions || (this.namespaces === null && !this.questions.perNamespace)) return;
    const namespace = await this.questions.namespaceOf(taskId);
    if (namespace !== undefined && this.sees(namespace)) return this.demand(namespace);
    // Whoever may see all namespaces is answered by who looks for the task, and may be told what is wrong with the id.
    if (this.namespaces === null) return;
    const shown = /^\d{1,16}$/.test(String(taskId)) ? String(taskId) : 'of this id';
    throw new NotFoundError('TASK_NOT_FOUND', `There is no task ${shown}.`);
  }
}
