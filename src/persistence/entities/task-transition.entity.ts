import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { type TaskState } from '../../core/states.js';
import { BIGINT } from './bigint-column.js';
import { TaskEntity } from './task.entity.js';
import { TransitionColumns } from './transition-columns.js';

/** One move in the history of a task. */
@Entity({ name: 'tasker_task_transitions', synchronize: false })
export class TaskTransitionEntity extends TransitionColumns {
  @PrimaryColumn({ ...BIGINT, name: 'task_id' })
  taskId!: number;

  /** Null only in the first row. */
  @Column({ name: 'from_state', type: 'text', nullable: true })
  fromState!: TaskState | null;

  @Column({ name: 'to_state', type: 'text' })
  toState!: TaskState;

  @ManyToOne(() => TaskEntity, (task) => task.transitions, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'task_id', referencedColumnName: 'taskId' })
  task!: Relation<TaskEntity>;
}
