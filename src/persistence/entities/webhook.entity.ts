import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { Timestamped } from './timestamped.js';

/** Who is told of events over HTTP. */
@Entity({ name: 'tasker_webhooks', synchronize: false })
export class WebhookEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'webhook_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  webhookId!: number;

  @Column({ name: 'name', type: 'varchar', length: 100 })
  name!: string;

  @Column({ name: 'url', type: 'varchar', length: 2048 })
  url!: string;

  @Column({ name: 'patterns', type: 'jsonb' })
  patterns!: string[];

  @Column({ name: 'namespaces', type: 'jsonb', nullable: true })
  namespaces!: string[] | null;

  /** Not read unless it is asked for. */
  @Column({ name: 'secret', type: 'varchar', length: 256, select: false })
  secret!: string;

  @Column({ name: 'previous_secret', type: 'varchar', length: 256, nullable: true, select: false })
  previousSecret!: string | null;

  @Column({ name: 'previous_secret_expires_at', type: 'timestamptz', nullable: true })
  previousSecretExpiresAt!: Date | null;

  @Column({ name: 'headers', type: 'jsonb', default: {}, select: false })
  headers!: Record<string, string>;

  @Column({ name: 'declared', type: 'boolean' })
  isDeclared!: boolean;

  @Column({ name: 'max_failures', type: 'integer' })
  maxFailures!: number;

  @Column({ name: 'failures', type: 'integer', default: 0 })
  failures!: number;

  @Column({ name: 'failing_since', type: 'timestamptz', nullable: true })
  failingSince!: Date | null;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt!: Date | null;

  @Column({ name: 'disabled_reason', type: 'text', nullable: true })
  disabledReason!: string | null;

  @Column({ name: 'last_success_at', type: 'timestamptz', nullable: true })
  lastSuccessAt!: Date | null;

  @Column({ name: 'last_failure_at', type: 'timestamptz', nullable: true })
  lastFailureAt!: Date | null;

  @Column({ name: 'last_status', type: 'smallint', nullable: true })
  lastStatus!: number | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ name: 'revision', type: 'integer', default: 1 })
  revision!: number;
}
