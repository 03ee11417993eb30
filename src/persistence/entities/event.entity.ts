import { Column, CreateDateColumn, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { BIGINT } from './bigint-column.js';
import { TaskEntity } from './task.entity.js';
import { WorkflowStepEntity } from './workflow-step.entity.js';

/** What a handler published, or the library says of itself. Rows are added, never changed. */
@Entity({ name: 'tasker_events', synchronize: false })
export class EventEntity {
  /** Its place in all that is told in order, of tasks, steps and published events alike. */
  @PrimaryColumn({ ...BIGINT, name: 'id', default: () => `nextval('tasker_history_id')` })
  id!: number;

  /** What the event itself is known by. */
  @Column({ name: 'event_id', type: 'uuid', default: () => 'gen_random_uuid()' })
  eventId!: string;

  @Column({ name: 'name', type: 'varchar', length: 128 })
  name!: string;

  @Column({ ...BIGINT, name: 'task_id', nullable: true })
  taskId!: number | null;

  @Column({ ...BIGINT, name: 'workflow_step_id', nullable: true })
  workflowStepId!: number | null;

  @Column({ name: 'attempt', type: 'integer', nullable: true })
  attempt!: number | null;

  @Column({ name: 'payload', type: 'jsonb', default: {} })
  payload!: unknown;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @ManyToOne(() => TaskEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'task_id', referencedColumnName: 'taskId' })
  task!: Relation<TaskEntity> | null;

  @ManyToOne(() => WorkflowStepEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'workflow_step_id', referencedColumnName: 'workflowStepId' })
  workflowStep!: Relation<WorkflowStepEntity> | null;
}
