import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { NamedTasksNamedStepEntity } from './named-tasks-named-step.entity.js';
import { TaskDefinitionEntity } from './task-definition.entity.js';
import { TaskNamespaceEntity } from './task-namespace.entity.js';
import { TaskEntity } from './task.entity.js';
import { Timestamped } from './timestamped.js';

/** A kind of task: namespace, name and version. */
@Entity({ name: 'tasker_named_tasks', synchronize: false })
export class NamedTaskEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'named_task_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  namedTaskId!: number;

  @Column({ name: 'task_namespace_id', type: 'integer' })
  taskNamespaceId!: number;

  @Column({ name: 'name', type: 'varchar', length: 64 })
  name!: string;

  @Column({ name: 'version', type: 'varchar', length: 64, default: '0.1.0' })
  version!: string;

  @Column({ name: 'description', type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  @Column({ name: 'configuration', type: 'jsonb', default: {} })
  configuration!: Record<string, unknown>;

  @ManyToOne(() => TaskNamespaceEntity, (namespace) => namespace.namedTasks, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'task_namespace_id', referencedColumnName: 'taskNamespaceId' })
  taskNamespace!: Relation<TaskNamespaceEntity>;

  @OneToMany(() => NamedTasksNamedStepEntity, (link) => link.namedTask)
  namedStepLinks!: Relation<NamedTasksNamedStepEntity[]>;

  @OneToMany(() => TaskDefinitionEntity, (definition) => definition.namedTask)
  definitions!: Relation<TaskDefinitionEntity[]>;

  @OneToMany(() => TaskEntity, (task) => task.namedTask)
  tasks!: Relation<TaskEntity[]>;
}
