import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { type TaskState } from '../../core/states.js';
import { BIGINT } from './bigint-column.js';
import { NamedTaskEntity } from './named-task.entity.js';
import { TaskAnnotationEntity } from './task-annotation.entity.js';
import { TaskDefinitionEntity } from './task-definition.entity.js';
import { TaskTransitionEntity } from './task-transition.entity.js';
import { Timestamped } from './timestamped.js';
import { WorkflowStepEntity } from './workflow-step.entity.js';

/** One run of a workflow. Its state and counters are written by the engine's functions only. */
@Entity({ name: 'tasker_tasks', synchronize: false })
export class TaskEntity extends Timestamped {
  @PrimaryColumn({ ...BIGINT, name: 'task_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  taskId!: number;

  @Column({ name: 'named_task_id', type: 'integer' })
  namedTaskId!: number;

  @Column({ name: 'definition_id', type: 'integer' })
  definitionId!: number;

  @Column({ name: 'state', type: 'text', default: 'pending' })
  state!: TaskState;

  @Column({ name: 'priority', type: 'smallint', default: 0 })
  priority!: number;

  @Column({ name: 'total_steps', type: 'integer' })
  totalSteps!: number;

  /** Steps that are neither complete, resolved nor skipped. */
  @Column({ name: 'open_steps', type: 'integer' })
  openSteps!: number;

  /** Steps that run, are due or wait for a time. */
  @Column({ name: 'live_steps', type: 'integer' })
  liveSteps!: number;

  /** Steps that have failed for good. */
  @Column({ name: 'failed_steps', type: 'integer', default: 0 })
  failedSteps!: number;

  /** The sort key of the newest row of its history. */
  @Column({ name: 'transition_count', type: 'integer', default: 1 })
  transitionCount!: number;

  @Column({ name: 'requested_at', type: 'timestamptz', default: () => 'now()' })
  requestedAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  /** Since when an operator holds it back. */
  @Column({ name: 'paused_at', type: 'timestamptz', nullable: true })
  pausedAt!: Date | null;

  @Column({ name: 'initiator', type: 'varchar', length: 128, default: 'unknown' })
  initiator!: string;

  @Column({ name: 'source_system', type: 'varchar', length: 128, default: 'unknown' })
  sourceSystem!: string;

  @Column({ name: 'reason', type: 'varchar', length: 128, default: 'unknown' })
  reason!: string;

  @Column({ name: 'correlation_id', type: 'varchar', length: 128 })
  correlationId!: string;

  @Column({ name: 'identity_hash', type: 'varchar', length: 128 })
  identityHash!: string;

  /** Of what the request said that brought an idempotency key. */
  @Column({ name: 'request_hash', type: 'varchar', length: 64, nullable: true })
  requestHash!: string | null;

  /** Names of steps to leave out. */
  @Column({ name: 'bypass_steps', type: 'jsonb', default: [] })
  bypassSteps!: string[];

  @Column({ name: 'tags', type: 'jsonb', default: [] })
  tags!: string[];

  @Column({ name: 'context', type: 'jsonb' })
  context!: Record<string, unknown>;

  @ManyToOne(() => NamedTaskEntity, (namedTask) => namedTask.tasks, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'named_task_id', referencedColumnName: 'namedTaskId' })
  namedTask!: Relation<NamedTaskEntity>;

  @ManyToOne(() => TaskDefinitionEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'definition_id', referencedColumnName: 'definitionId' })
  definition!: Relation<TaskDefinitionEntity>;

  @OneToMany(() => WorkflowStepEntity, (step) => step.task)
  workflowSteps!: Relation<WorkflowStepEntity[]>;

  @OneToMany(() => TaskTransitionEntity, (transition) => transition.task)
  transitions!: Relation<TaskTransitionEntity[]>;

  @OneToMany(() => TaskAnnotationEntity, (annotation) => annotation.task)
  annotations!: Relation<TaskAnnotationEntity[]>;
}
