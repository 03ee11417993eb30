import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { type StepState } from '../../core/states.js';
import { BIGINT } from './bigint-column.js';
import { TransitionColumns } from './transition-columns.js';
import { WorkflowStepEntity } from './workflow-step.entity.js';

/** One move in the history of a step. */
@Entity({ name: 'tasker_workflow_step_transitions', synchronize: false })
export class WorkflowStepTransitionEntity extends TransitionColumns {
  @PrimaryColumn({ ...BIGINT, name: 'workflow_step_id' })
  workflowStepId!: number;

  /** Null only in the first row. */
  @Column({ name: 'from_state', type: 'text', nullable: true })
  fromState!: StepState | null;

  @Column({ name: 'to_state', type: 'text' })
  toState!: StepState;

  @ManyToOne(() => WorkflowStepEntity, (step) => step.transitions, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'workflow_step_id', referencedColumnName: 'workflowStepId' })
  workflowStep!: Relation<WorkflowStepEntity>;
}
