import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { AnnotationTypeEntity } from './annotation-type.entity.js';
import { BIGINT } from './bigint-column.js';
import { TaskEntity } from './task.entity.js';
import { Timestamped } from './timestamped.js';

/** Free JSON attached to a task, by kind. */
@Entity({ name: 'tasker_task_annotations', synchronize: false })
export class TaskAnnotationEntity extends Timestamped {
  @PrimaryColumn({ ...BIGINT, name: 'task_annotation_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  taskAnnotationId!: number;

  @Column({ ...BIGINT, name: 'task_id' })
  taskId!: number;

  @Column({ name: 'annotation_type_id', type: 'integer' })
  annotationTypeId!: number;

  @Column({ name: 'annotation', type: 'jsonb' })
  annotation!: unknown;

  @ManyToOne(() => TaskEntity, (task) => task.annotations, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'task_id', referencedColumnName: 'taskId' })
  task!: Relation<TaskEntity>;

  @ManyToOne(() => AnnotationTypeEntity, (type) => type.annotations, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'annotation_type_id', referencedColumnName: 'annotationTypeId' })
  annotationType!: Relation<AnnotationTypeEntity>;
}
