import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  UpdateDateColumn,
} from 'typeorm';
import { DependentSystemEntity } from './dependent-system.entity.js';
import { TaskNamespaceEntity } from './task-namespace.entity.js';

/** What holds steps back beside their own state, for one namespace, one dependent system, or (both null) everything. */
@Entity({ name: 'tasker_controls', synchronize: false })
export class ControlEntity {
  @PrimaryGeneratedColumn('identity', { name: 'control_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  controlId!: number;

  @Column({ name: 'task_namespace_id', type: 'integer', nullable: true })
  taskNamespaceId!: number | null;

  @Column({ name: 'dependent_system_id', type: 'integer', nullable: true })
  dependentSystemId!: number | null;

  @Column({ name: 'paused_at', type: 'timestamptz', nullable: true })
  pausedAt!: Date | null;

  /** Steps that may run at once. */
  @Column({ name: 'max_concurrency', type: 'integer', nullable: true })
  maxConcurrency!: number | null;

  /** Steps that may start per second. */
  @Column({ name: 'per_second', type: 'double precision', nullable: true })
  perSecond!: number | null;

  /** Starts that are left in the bucket. */
  @Column({ name: 'tokens', type: 'double precision', default: 0 })
  tokens!: number;

  @Column({ name: 'refilled_at', type: 'timestamptz', nullable: true })
  refilledAt!: Date | null;

  /** Share of failures at which the breaker opens, 0 to 1. */
  @Column({ name: 'breaker_failure_rate', type: 'double precision', nullable: true })
  breakerFailureRate!: number | null;

  @Column({ name: 'breaker_min_calls', type: 'integer', nullable: true })
  breakerMinCalls!: number | null;

  @Column({ name: 'breaker_window_ms', type: 'integer', nullable: true })
  breakerWindowMs!: number | null;

  @Column({ name: 'breaker_open_ms', type: 'integer', nullable: true })
  breakerOpenMs!: number | null;

  @Column({ name: 'breaker_opened_at', type: 'timestamptz', nullable: true })
  breakerOpenedAt!: Date | null;

  /** When the attempt was let through whose outcome is waited for. */
  @Column({ name: 'breaker_probed_at', type: 'timestamptz', nullable: true })
  breakerProbedAt!: Date | null;

  @Column({ name: 'window_started_at', type: 'timestamptz', nullable: true })
  windowStartedAt!: Date | null;

  @Column({ name: 'window_calls', type: 'integer', default: 0 })
  windowCalls!: number;

  @Column({ name: 'window_failures', type: 'integer', default: 0 })
  windowFailures!: number;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  @ManyToOne(() => TaskNamespaceEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'task_namespace_id', referencedColumnName: 'taskNamespaceId' })
  taskNamespace!: Relation<TaskNamespaceEntity> | null;

  @ManyToOne(() => DependentSystemEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'dependent_system_id', referencedColumnName: 'dependentSystemId' })
  dependentSystem!: Relation<DependentSystemEntity> | null;
}
