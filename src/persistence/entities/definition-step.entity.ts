import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { LaneEntity } from './lane.entity.js';
import { NamedStepEntity } from './named-step.entity.js';
import { TaskDefinitionEntity } from './task-definition.entity.js';

/** One step of a snapshot, unfolded so that many tasks are created by one statement. */
@Entity({ name: 'tasker_definition_steps', synchronize: false })
export class DefinitionStepEntity {
  @PrimaryColumn({ name: 'definition_id', type: 'integer' })
  definitionId!: number;

  /** Index in the template. */
  @PrimaryColumn({ name: 'position', type: 'integer' })
  position!: number;

  @Column({ name: 'named_step_id', type: 'integer' })
  namedStepId!: number;

  @Column({ name: 'lane_id', type: 'integer' })
  laneId!: number;

  @Column({ name: 'retryable', type: 'boolean' })
  retryable!: boolean;

  @Column({ name: 'retry_limit', type: 'integer' })
  retryLimit!: number;

  @Column({ name: 'skippable', type: 'boolean' })
  skippable!: boolean;

  /** Positions of the steps it waits for. */
  @Column({ name: 'parents', type: 'integer', array: true })
  parents!: number[];

  @ManyToOne(() => TaskDefinitionEntity, (definition) => definition.steps, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'definition_id', referencedColumnName: 'definitionId' })
  definition!: Relation<TaskDefinitionEntity>;

  @ManyToOne(() => NamedStepEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'named_step_id', referencedColumnName: 'namedStepId' })
  namedStep!: Relation<NamedStepEntity>;

  @ManyToOne(() => LaneEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'lane_id', referencedColumnName: 'laneId' })
  lane!: Relation<LaneEntity>;
}
