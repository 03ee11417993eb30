import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { TaskAnnotationEntity } from './task-annotation.entity.js';
import { Timestamped } from './timestamped.js';

/** The name of a kind of annotation. */
@Entity({ name: 'tasker_annotation_types', synchronize: false })
export class AnnotationTypeEntity extends Timestamped {
  @PrimaryGeneratedColumn('identity', { name: 'annotation_type_id', type: 'integer', generatedIdentity: 'ALWAYS' })
  annotationTypeId!: number;

  @Column({ name: 'name', type: 'varchar', length: 64 })
  name!: string;

  @Column({ name: 'description', type: 'varchar', length: 255, nullable: true })
  description!: string | null;

  @OneToMany(() => TaskAnnotationEntity, (annotation) => annotation.annotationType)
  annotations!: Relation<TaskAnnotationEntity[]>;
}
