import { problem, type Problem } from './problem.js';

/** A refusal that only this interface knows, with the answer it deserves. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(status: number, code: string, detail: string, facts?: Readonly<Record<string, unknown>>) {
    super(detail);
    this.name = 'ProblemError';
    this.problem = problem(status, code, detail, facts);
  }
}
