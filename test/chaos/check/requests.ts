/** What was confirmed exists, what was rolled back does not, and no request made two tasks. */
import { type Ledger } from '../driver/creator-process.js';
import { type Violation } from './life.js';

/** @param found the ids of the tasks that exist, by the number of their request */
export function requestsKept(found: ReadonlyMap<number, readonly number[]>, ledger: Ledger): Violation[] {
  const violations: Violation[] = [];
  for (const [n, taskId] of ledger.created) {
    if (found.get(n)?.includes(taskId)) continue;
    violations.push(
      violation('no task is lost', taskId, `request ${n} was confirmed as task ${taskId}; it is not there`),
    );
  }
  for (const [n, ids] of found) {
    const [first, ...more] = ids;
    if (more.length > 0)
      violations.push(violation('a request makes one task', first!, `request ${n} made ${ids.join()}`));
    if (ledger.undone.has(n)) {
      violations.push(violation('what was rolled back never was', first!, `request ${n} was rolled back`));
    } else if (!ledger.created.has(n) && !ledger.unknown.has(n)) {
      violations.push(violation('a request makes one task', first!, `nobody knows of request ${n}`));
    }
  }
  return violations;
}

function violation(rule: string, taskId: number, found: string): Violation {
  return { rule, subject: `task ${taskId}`, found };
}
