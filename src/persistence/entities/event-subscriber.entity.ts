import { Column, Entity, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { BIGINT } from './bigint-column.js';
import { EventDeliveryEntity } from './event-delivery.entity.js';
import { Timestamped } from './timestamped.js';

/** How far a durable subscriber is, and who delivers to it. */
@Entity({ name: 'tasker_event_subscribers', synchronize: false })
export class EventSubscriberEntity extends Timestamped {
  @PrimaryColumn({ name: 'name', type: 'varchar', length: 128 })
  name!: string;

  @Column({ name: 'patterns', type: 'jsonb', default: [] })
  patterns!: string[];

  @Column({ ...BIGINT, name: 'position' })
  position!: number;

  @Column({ ...BIGINT, name: 'announced' })
  announced!: number;

  @Column({ ...BIGINT, name: 'seek_to', nullable: true })
  seekTo!: number | null;

  @Column({ name: 'owner', type: 'varchar', length: 255, nullable: true })
  owner!: string | null;

  @Column({ ...BIGINT, name: 'epoch', default: 0 })
  epoch!: number;

  @Column({ name: 'lease_expires_at', type: 'timestamptz', nullable: true })
  leaseExpiresAt!: Date | null;

  @Column({ name: 'paused_at', type: 'timestamptz', nullable: true })
  pausedAt!: Date | null;

  @Column({ ...BIGINT, name: 'delivered', default: 0 })
  delivered!: number;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ name: 'last_error_at', type: 'timestamptz', nullable: true })
  lastErrorAt!: Date | null;

  @OneToMany(() => EventDeliveryEntity, (delivery) => delivery.eventSubscriber)
  deliveries!: Relation<EventDeliveryEntity[]>;
}
