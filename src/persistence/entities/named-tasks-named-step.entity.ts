import { Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { NamedStepEntity } from './named-step.entity.js';
import { NamedTaskEntity } from './named-task.entity.js';
import { Timestamped } from './timestamped.js';

/** Which kinds of step belong to which kind of task, with their defaults. */
@Entity({ name: 'tasker_named_tasks_named_steps', synchronize: false })
export class NamedTasksNamedStepEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'id', type: 'integer', generatedIdentity: 'ALWAYS' })
  id!: number;

  @Column({ name: 'named_task_id', type: 'integer' })
  namedTaskId!: number;

  @Column({ name: 'named_step_id', type: 'integer' })
  namedStepId!: number;

  @Column({ name: 'skippable', type: 'boolean', default: false })
  skippable!: boolean;

  @Column({ name: 'default_retryable', type: 'boolean', default: true })
  defaultRetryable!: boolean;

  @Column({ name: 'default_retry_limit', type: 'integer', default: 3 })
  defaultRetryLimit!: number;

  @ManyToOne(() => NamedTaskEntity, (namedTask) => namedTask.namedStepLinks, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'named_task_id', referencedColumnName: 'namedTaskId' })
  namedTask!: Relation<NamedTaskEntity>;

  @ManyToOne(() => NamedStepEntity, (namedStep) => namedStep.namedTaskLinks, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'named_step_id', referencedColumnName: 'namedStepId' })
  namedStep!: Relation<NamedStepEntity>;
}
