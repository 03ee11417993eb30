import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { NamedTaskEntity } from './named-task.entity.js';
import { Timestamped } from './timestamped.js';

/** Groups named tasks; two namespaces may hold tasks of the same name. */
@Entity({ name: 'tasker_task_namespaces', synchronize: false })
export class TaskNamespaceEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'task_namespace_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  taskNamespaceId!: number;

  @Column({ name: 'name', type: 'varchar', length: 64 })
  name!: string;

  @Column({ name: 'description', type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  @OneToMany(() => NamedTaskEntity, (namedTask) => namedTask.taskNamespace)
  namedTasks!: Relation<NamedTaskEntity[]>;
}
