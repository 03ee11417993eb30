import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { DefinitionStepEntity } from './definition-step.entity.js';
import { NamedTaskEntity } from './named-task.entity.js';

/** The snapshot of a definition, by content. Never updated: a task runs with the one it was created with. */
@Entity({ name: 'tasker_task_definitions', synchronize: false })
export class TaskDefinitionEntity {
  @PrimaryGeneratedColumn('identity', { name: 'definition_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  definitionId!: number;

  @Column({ name: 'named_task_id', type: 'integer' })
  namedTaskId!: number;

  @Column({ name: 'content_hash', type: 'char', length: 64 })
  contentHash!: string;

  @Column({ name: 'template', type: 'jsonb' })
  template!: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @ManyToOne(() => NamedTaskEntity, (namedTask) => namedTask.definitions, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'named_task_id', referencedColumnName: 'namedTaskId' })
  namedTask!: Relation<NamedTaskEntity>;

  @OneToMany(() => DefinitionStepEntity, (step) => step.definition)
  steps!: Relation<DefinitionStepEntity[]>;
}
