import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { BIGINT } from './bigint-column.js';
import { DependentSystemEntity } from './dependent-system.entity.js';
import { Timestamped } from './timestamped.js';

/** Two ids that mean the same thing in two systems; the system with the lower id stands first. */
@Entity({ name: 'tasker_dependent_system_object_maps', synchronize: false })
export class DependentSystemObjectMapEntity extends Timestamped {
  @PrimaryColumn({
    ...BIGINT,
    name: 'dependent_system_object_map_id',
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
  })
  dependentSystemObjectMapId!: number;

  @Column({ name: 'dependent_system_one_id', type: 'integer' })
  dependentSystemOneId!: number;

  @Column({ name: 'dependent_system_two_id', type: 'integer' })
  dependentSystemTwoId!: number;

  @Column({ name: 'remote_id_one', type: 'varchar', length: 128 })
  remoteIdOne!: string;

  @Column({ name: 'remote_id_two', type: 'varchar', length: 128 })
  remoteIdTwo!: string;

  @ManyToOne(() => DependentSystemEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'dependent_system_one_id', referencedColumnName: 'dependentSystemId' })
  dependentSystemOne!: Relation<DependentSystemEntity>;

  @ManyToOne(() => DependentSystemEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'dependent_system_two_id', referencedColumnName: 'dependentSystemId' })
  dependentSystemTwo!: Relation<DependentSystemEntity>;
}
