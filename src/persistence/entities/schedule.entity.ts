import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { type MissedPolicy } from '../../core/schedule.js';
import { BIGINT } from './bigint-column.js';
import { TaskDefinitionEntity } from './task-definition.entity.js';
import { Timestamped } from './timestamped.js';

/** When tasks of a workflow are created by the clock. */
@Entity({ name: 'tasker_schedules', synchronize: false })
export class ScheduleEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'schedule_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  scheduleId!: number;

  @Column({ name: 'name', type: 'varchar', length: 160 })
  name!: string;

  @Column({ name: 'definition_id', type: 'integer' })
  definitionId!: number;

  @Column({ name: 'declared', type: 'boolean' })
  isDeclared!: boolean;

  @Column({ name: 'cron', type: 'varchar', length: 255, nullable: true })
  cron!: string | null;

  @Column({ name: 'time_zone', type: 'varchar', length: 64, default: 'UTC' })
  timeZone!: string;

  @Column({ name: 'run_at', type: 'timestamptz', nullable: true })
  runAt!: Date | null;

  @Column({ name: 'missed', type: 'text', default: 'once' })
  missed!: MissedPolicy;

  @Column({ name: 'enabled', type: 'boolean', default: true })
  isEnabled!: boolean;

  @Column({ name: 'request', type: 'jsonb', default: {} })
  request!: Record<string, unknown>;

  @Column({ name: 'paused_at', type: 'timestamptz', nullable: true })
  pausedAt!: Date | null;

  @Column({ name: 'next_run_at', type: 'timestamptz', nullable: true })
  nextRunAt!: Date | null;

  @Column({ name: 'last_run_at', type: 'timestamptz', nullable: true })
  lastRunAt!: Date | null;

  @Column({ name: 'last_fired_at', type: 'timestamptz', nullable: true })
  lastFiredAt!: Date | null;

  @Column({ ...BIGINT, name: 'last_task_id', nullable: true })
  lastTaskId!: number | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @ManyToOne(() => TaskDefinitionEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'definition_id', referencedColumnName: 'definitionId' })
  definition!: Relation<TaskDefinitionEntity>;
}
