import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { DependentSystemEntity } from './dependent-system.entity.js';
import { TaskNamespaceEntity } from './task-namespace.entity.js';

/** The steps that one namespace sends to one handler and one dependent system; claims go by lane. */
@Entity({ name: 'tasker_lanes', synchronize: false })
export class LaneEntity {
  @PrimaryGeneratedColumn('identity', { name: 'lane_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  laneId!: number;

  @Column({ name: 'task_namespace_id', type: 'integer' })
  taskNamespaceId!: number;

  @Column({ name: 'dependent_system_id', type: 'integer' })
  dependentSystemId!: number;

  /** Token of the handler that runs its steps. */
  @Column({ name: 'handler', type: 'varchar', length: 255 })
  handler!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @ManyToOne(() => TaskNamespaceEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'task_namespace_id', referencedColumnName: 'taskNamespaceId' })
  taskNamespace!: Relation<TaskNamespaceEntity>;

  @ManyToOne(() => DependentSystemEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'dependent_system_id', referencedColumnName: 'dependentSystemId' })
  dependentSystem!: Relation<DependentSystemEntity>;
}
