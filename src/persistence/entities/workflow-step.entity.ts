import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { type StepFailure } from '../../core/records.js';
import { type StepState } from '../../core/states.js';
import { BIGINT } from './bigint-column.js';
import { LaneEntity } from './lane.entity.js';
import { NamedStepEntity } from './named-step.entity.js';
import { TaskEntity } from './task.entity.js';
import { Timestamped } from './timestamped.js';
import { WorkflowStepEdgeEntity } from './workflow-step-edge.entity.js';
import { WorkflowStepTransitionEntity } from './workflow-step-transition.entity.js';

/** One step of one task. Its state, claim and counters are written by the engine's functions only. */
@Entity({ name: 'tasker_workflow_steps', synchronize: false })
export class WorkflowStepEntity extends Timestamped {
  @PrimaryColumn({ ...BIGINT, name: 'workflow_step_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  workflowStepId!: number;

  @Column({ ...BIGINT, name: 'task_id' })
  taskId!: number;

  @Column({ name: 'named_step_id', type: 'integer' })
  namedStepId!: number;

  @Column({ name: 'lane_id', type: 'integer' })
  laneId!: number;

  /** Index in the definition. */
  @Column({ name: 'position', type: 'integer' })
  position!: number;

  @Column({ name: 'state', type: 'text', default: 'pending' })
  state!: StepState;

  @Column({ name: 'priority', type: 'smallint', default: 0 })
  priority!: number;

  /** Parents that do not yet let it run. */
  @Column({ name: 'pending_parents', type: 'integer' })
  pendingParents!: number;

  /** From when it may be claimed; null while it may not, `Infinity` while its task is paused. */
  @Column({ name: 'ready_at', type: 'timestamptz', nullable: true })
  readyAt!: Date | number | null;

  /** Its place in the queue. */
  @Column({ name: 'queue_at', type: 'timestamptz', nullable: true })
  queueAt!: Date | null;

  @Column({ name: 'attempts', type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'retryable', type: 'boolean', default: true })
  retryable!: boolean;

  @Column({ name: 'retry_limit', type: 'integer', default: 3 })
  retryLimit!: number;

  @Column({ name: 'skippable', type: 'boolean', default: false })
  skippable!: boolean;

  /** The sort key of the newest row of its history. */
  @Column({ name: 'transition_count', type: 'integer', default: 1 })
  transitionCount!: number;

  /** The worker that runs it; null while none does. */
  @Column({ ...BIGINT, name: 'claimed_by', nullable: true })
  claimedBy!: number | null;

  @Column({ name: 'claim_expires_at', type: 'timestamptz', nullable: true })
  claimExpiresAt!: Date | null;

  /** How often a worker has died with this step in its hands. */
  @Column({ name: 'worker_losses', type: 'integer', default: 0 })
  workerLosses!: number;

  @Column({ name: 'last_attempted_at', type: 'timestamptz', nullable: true })
  lastAttemptedAt!: Date | null;

  @Column({ name: 'processed_at', type: 'timestamptz', nullable: true })
  processedAt!: Date | null;

  /** Seconds the called system asked to wait, when it did. */
  @Column({ name: 'backoff_request_seconds', type: 'integer', nullable: true })
  backoffRequestSeconds!: number | null;

  @Column({ name: 'inputs', type: 'jsonb', nullable: true })
  inputs!: unknown;

  @Column({ name: 'results', type: 'jsonb', nullable: true })
  results!: unknown;

  /** The last failure; null once the step has succeeded. */
  @Column({ name: 'error', type: 'jsonb', nullable: true })
  error!: StepFailure | null;

  @ManyToOne(() => TaskEntity, (task) => task.workflowSteps, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'task_id', referencedColumnName: 'taskId' })
  task!: Relation<TaskEntity>;

  @ManyToOne(() => NamedStepEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'named_step_id', referencedColumnName: 'namedStepId' })
  namedStep!: Relation<NamedStepEntity>;

  @ManyToOne(() => LaneEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'lane_id', referencedColumnName: 'laneId' })
  lane!: Relation<LaneEntity>;

  /** Edges from its parents. */
  @OneToMany(() => WorkflowStepEdgeEntity, (edge) => edge.toStep)
  incomingEdges!: Relation<WorkflowStepEdgeEntity[]>;

  /** Edges to its children. */
  @OneToMany(() => WorkflowStepEdgeEntity, (edge) => edge.fromStep)
  outgoingEdges!: Relation<WorkflowStepEdgeEntity[]>;

  @OneToMany(() => WorkflowStepTransitionEntity, (transition) => transition.workflowStep)
  transitions!: Relation<WorkflowStepTransitionEntity[]>;
}
