import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { BIGINT } from './bigint-column.js';
import { WorkflowStepEntity } from './workflow-step.entity.js';

/** One edge of a task's graph: the second step waits for the first. */
@Entity({ name: 'tasker_workflow_step_edges', synchronize: false })
export class WorkflowStepEdgeEntity {
  @PrimaryColumn({ ...BIGINT, name: 'from_step_id' })
  fromStepId!: number;

  @PrimaryColumn({ ...BIGINT, name: 'to_step_id' })
  toStepId!: number;

  @Column({ ...BIGINT, name: 'task_id' })
  taskId!: number;

  @Column({ name: 'name', type: 'text', default: 'provides' })
  name!: string;

  @ManyToOne(() => WorkflowStepEntity, (step) => step.outgoingEdges, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'from_step_id', referencedColumnName: 'workflowStepId' })
  fromStep!: Relation<WorkflowStepEntity>;

  @ManyToOne(() => WorkflowStepEntity, (step) => step.incomingEdges, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'to_step_id', referencedColumnName: 'workflowStepId' })
  toStep!: Relation<WorkflowStepEntity>;
}
