import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { DependentSystemEntity } from './dependent-system.entity.js';
import { NamedTasksNamedStepEntity } from './named-tasks-named-step.entity.js';
import { Timestamped } from './timestamped.js';

/** A kind of step; its name is unique within the system it talks to. */
@Entity({ name: 'tasker_named_steps', synchronize: false })
export class NamedStepEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'named_step_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  namedStepId!: number;

  @Column({ name: 'dependent_system_id', type: 'integer' })
  dependentSystemId!: number;

  @Column({ name: 'name', type: 'varchar', length: 128 })
  name!: string;

  @Column({ name: 'description', type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  @ManyToOne(() => DependentSystemEntity, (system) => system.namedSteps, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'dependent_system_id', referencedColumnName: 'dependentSystemId' })
  dependentSystem!: Relation<DependentSystemEntity>;

  @OneToMany(() => NamedTasksNamedStepEntity, (link) => link.namedStep)
  namedTaskLinks!: Relation<NamedTasksNamedStepEntity[]>;
}
