import { Column, CreateDateColumn, PrimaryColumn } from 'typeorm';
import { BIGINT } from './bigint-column.js';

/** What a row of a task's and of a step's history have in common. Rows are added, never changed. */
export abstract class TransitionColumns {
  /** Its place in all that is told in order, of tasks, steps and published events alike. */
  @Column({ ...BIGINT, name: 'id', default: () => `nextval('tasker_history_id')` })
  id!: number;

  /** 1, 2, 3… within one history. */
  @PrimaryColumn({ name: 'sort_key', type: 'integer' })
  sortKey!: number;

  @Column({ name: 'metadata', type: 'jsonb', default: {} })
  metadata!: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
