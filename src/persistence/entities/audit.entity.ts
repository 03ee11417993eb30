import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { BIGINT } from './bigint-column.js';

/** What was done to a namespace, a system, the fleet or a task as a whole, and by whom. Rows are added, never changed. */
@Entity({ name: 'tasker_audit', synchronize: false })
export class AuditEntity {
  @PrimaryColumn({ ...BIGINT, name: 'audit_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  auditId!: number;

  @Column({ name: 'action', type: 'text' })
  action!: string;

  @Column({ name: 'subject', type: 'text' })
  subject!: string;

  @Column({ name: 'metadata', type: 'jsonb', default: {} })
  metadata!: Record<string, unknown>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
