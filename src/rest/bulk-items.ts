import { Injectable } from '@nestjs/common';
import { TaskerLogger } from '../logging/tasker-logger.js';
import { refused } from './input/read-input.js';
import { problem, type Problem } from './problems/problem.js';
import { problemOf } from './problems/problem-of.js';

/** What became of one of many. */
export type BulkItem<T> =
  | ({ readonly index: number; readonly status: number } & T)
  | { readonly index: number; readonly status: number; readonly problem: Problem };

/** Items that are worked on at once: a request must not take all connections of the pool. */
const AT_ONCE = 4;

/** Does something with each of many, a few at once, and tells of each what became of it. */
@Injectable()
export class BulkItems {
  private readonly logger = new TaskerLogger('TaskerRest');

  async each<T extends { readonly status: number }>(
    items: readonly unknown[],
    work: (item: unknown) => Promise<T>,
  ): Promise<BulkItem<T>[]> {
    const results = new Array<BulkItem<T>>(items.length);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < items.length; index = next++) {
        results[index] = await work(items[index]).then(
          (done) => ({ index, ...done }),
          (error: unknown) => this.refusal(index, error),
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return results;
  }

  /** A task's id in a body. @throws ValidationError */
  id(value: unknown): number {
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    throw refused([{ path: 'task_ids', code: 'type', message: 'must hold positive whole numbers up to 2^53 - 1' }]);
  }

  private refusal(index: number, error: unknown): { index: number; status: number; problem: Problem } {
    const found = problemOf(error);
    if (!found || found.status >= 500) this.logger.exception(`item ${index} failed: ${String(error)}`, error, {});
    const told = found ?? problem(500, 'INTERNAL_ERROR', 'The request failed. The log of the application says why.');
    return { index, status: told.status, problem: told };
  }
}
