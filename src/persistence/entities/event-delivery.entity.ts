import { Column, CreateDateColumn, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { BIGINT } from './bigint-column.js';
import { EventSubscriberEntity } from './event-subscriber.entity.js';

/** An event that could not be delivered yet, or was given up. */
@Entity({ name: 'tasker_event_deliveries', synchronize: false })
export class EventDeliveryEntity {
  @PrimaryColumn({ ...BIGINT, name: 'delivery_id', generated: 'identity', generatedIdentity: 'ALWAYS' })
  deliveryId!: number;

  @Column({ name: 'subscriber', type: 'varchar', length: 128 })
  subscriber!: string;

  @Column({ ...BIGINT, name: 'stream_id' })
  streamId!: number;

  @Column({ name: 'part', type: 'smallint' })
  part!: number;

  @Column({ name: 'event_name', type: 'varchar', length: 128 })
  eventName!: string;

  /** Of an event that belongs to a task; the task itself may be gone. */
  @Column({ ...BIGINT, name: 'task_id', nullable: true })
  taskId!: number | null;

  @Column({ name: 'event', type: 'jsonb' })
  event!: Record<string, unknown>;

  @Column({ name: 'attempts', type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'tried', type: 'boolean', default: false })
  wasTried!: boolean;

  @Column({ name: 'next_attempt_at', type: 'timestamptz', nullable: true })
  nextAttemptAt!: Date | null;

  @Column({ name: 'last_error', type: 'text', nullable: true })
  lastError!: string | null;

  @Column({ name: 'dead_at', type: 'timestamptz', nullable: true })
  deadAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @ManyToOne(() => EventSubscriberEntity, (subscriber) => subscriber.deliveries, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'subscriber', referencedColumnName: 'name' })
  eventSubscriber!: Relation<EventSubscriberEntity>;
}
