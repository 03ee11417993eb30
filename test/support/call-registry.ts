import { type StepContext } from 'nestjs-tasker';

export interface Call {
  readonly taskId: number;
  readonly stepId: number;
  readonly step: string;
  readonly attempt: number;
}

/** Every call of one handler, in the order in which they came. */
export class CallRegistry {
  readonly calls: Call[] = [];

  /** Returns how often this step of this task has been called, this time included. */
  record({ task, step, attempt }: StepContext): number {
    this.calls.push({ taskId: task.taskId, stepId: step.stepId, step: step.name, attempt });
    return this.count(task.taskId, step.name);
  }

  count(taskId: number, step: string): number {
    return this.of(taskId, step).length;
  }

  /** The calls of one step, or of a whole task. */
  of(taskId: number, step?: string): Call[] {
    return this.calls.filter((call) => call.taskId === taskId && (step === undefined || call.step === step));
  }

  /** (step, attempt) pairs that were called more than once: there should be none. */
  repeated(): string[] {
    const keys = this.calls.map(({ stepId, attempt }) => `${stepId}:${attempt}`);
    return keys.filter((key, index) => keys.indexOf(key) < index);
  }
}
