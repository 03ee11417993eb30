import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { NamedStepEntity } from './named-step.entity.js';
import { Timestamped } from './timestamped.js';

/** An outside system that steps talk to. */
@Entity({ name: 'tasker_dependent_systems', synchronize: false })
export class DependentSystemEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'dependent_system_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  dependentSystemId!: number;

  @Column({ name: 'name', type: 'varchar', length: 64 })
  name!: string;

  @Column({ name: 'description', type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  @OneToMany(() => NamedStepEntity, (namedStep) => namedStep.dependentSystem)
  namedSteps!: Relation<NamedStepEntity[]>;
}
