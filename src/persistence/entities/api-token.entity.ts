import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { Timestamped } from './timestamped.js';

/** A token of a program that uses the interfaces; the token itself is not kept. */
@Entity({ name: 'tasker_api_tokens', synchronize: false })
export class ApiTokenEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'token_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  tokenId!: number;

  @Column({ name: 'name', type: 'varchar', length: 128 })
  name!: string;

  @Column({ name: 'prefix', type: 'varchar', length: 32 })
  prefix!: string;

  /** Not read unless it is asked for. */
  @Column({ name: 'token_hash', type: 'varchar', length: 64, select: false })
  tokenHash!: string;

  @Column({ name: 'scopes', type: 'jsonb' })
  scopes!: string[];

  @Column({ name: 'namespaces', type: 'jsonb', nullable: true })
  namespaces!: string[] | null;

  @Column({ name: 'created_by', type: 'varchar', length: 128, nullable: true })
  createdBy!: string | null;

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;
}
