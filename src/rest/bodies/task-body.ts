import { type DependencyAnalysis } from '../../analysis/dependency-analysis.js';
import { type AnnotationRecord, type TaskRecord } from '../../core/records.js';
import { type TaskState } from '../../core/states.js';
import { fullName } from '../../definitions/task-template.js';
import { type TaskDetails } from '../../engine/tasker.service.js';
import { type StepBody, stepBodies } from './step-body.js';

/** A task of a list: everything but what belongs to it. */
export interface TaskSummaryBody {
  readonly task_id: number;
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  /** `namespace.name@version` */
  readonly full_name: string;
  readonly initiator: string;
  readonly source_system: string;
  readonly reason: string;
  readonly context: unknown;
  readonly bypass_steps: readonly string[];
  readonly tags: readonly string[];
  readonly requested_at: string;
  readonly complete: boolean;
  readonly status: TaskState;
  readonly priority: number;
  readonly correlation_id: string;
  readonly total_steps: number;
  /** Steps that are neither complete, resolved nor skipped. */
  readonly open_steps: number;
  /** Steps that have failed for good. */
  readonly failed_steps: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Since when an operator holds it back; null while none does. */
  readonly paused_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface TaskBody extends TaskSummaryBody {
  readonly workflow_steps: readonly StepBody[];
  readonly task_annotations: readonly AnnotationBody[];
  /** Only when it was asked for. */
  readonly dependency_analysis?: DependencyAnalysis;
}

export interface AnnotationBody {
  readonly task_id: number;
  readonly task_annotation_id: number;
  readonly annotation: unknown;
  readonly annotation_type_name: string;
  readonly created_at: string;
}

export function taskSummaryBody(task: TaskRecord): TaskSummaryBody {
  return {
    task_id: task.taskId,
    name: task.name,
    namespace: task.namespace,
    version: task.version,
    full_name: fullName(task),
    initiator: task.initiator,
    source_system: task.sourceSystem,
    reason: task.reason,
    context: task.context,
    bypass_steps: task.bypassSteps,
    tags: task.tags,
    requested_at: task.requestedAt.toISOString(),
    complete: task.state === 'complete',
    status: task.state,
    priority: task.priority,
    correlation_id: task.correlationId,
    total_steps: task.totalSteps,
    open_steps: task.openSteps,
    failed_steps: task.failedSteps,
    started_at: task.startedAt?.toISOString() ?? null,
    finished_at: task.finishedAt?.toISOString() ?? null,
    paused_at: task.pausedAt?.toISOString() ?? null,
    created_at: task.createdAt.toISOString(),
    updated_at: task.updatedAt.toISOString(),
  };
}

export function taskBody(task: TaskDetails, now: Date): TaskBody {
  return {
    ...taskSummaryBody(task),
    workflow_steps: stepBodies(task.steps, now),
    task_annotations: task.annotations.map(annotationBody),
  };
}

function annotationBody(annotation: AnnotationRecord): AnnotationBody {
  return {
    task_id: annotation.taskId,
    task_annotation_id: annotation.annotationId,
    annotation: annotation.annotation,
    annotation_type_name: annotation.type,
    created_at: annotation.createdAt.toISOString(),
  };
}
