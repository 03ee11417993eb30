import { Column, Entity, PrimaryColumn } from 'typeorm';
import { BIGINT } from './bigint-column.js';

/** A process that runs steps, or did; who is alive is told by the heartbeat. */
@Entity({ name: 'tasker_workers', synchronize: false })
export class WorkerEntity {
  @PrimaryColumn({ ...BIGINT, name: 'worker_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  workerId!: number;

  @Column({ name: 'host', type: 'varchar', length: 255 })
  host!: string;

  @Column({ name: 'pid', type: 'integer' })
  pid!: number;

  @Column({ name: 'version', type: 'varchar', length: 64 })
  version!: string;

  @Column({ name: 'concurrency', type: 'integer' })
  concurrency!: number;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  startedAt!: Date;

  @Column({ name: 'heartbeat_at', type: 'timestamptz', default: () => 'now()' })
  heartbeatAt!: Date;

  @Column({ name: 'stopped_at', type: 'timestamptz', nullable: true })
  stoppedAt!: Date | null;
}
