import { AnnotationTypeEntity } from './annotation-type.entity.js';
import { ApiTokenEntity } from './api-token.entity.js';
import { AuditEntity } from './audit.entity.js';
import { ControlEntity } from './control.entity.js';
import { DefinitionStepEntity } from './definition-step.entity.js';
import { DependentSystemObjectMapEntity } from './dependent-system-object-map.entity.js';
import { DependentSystemEntity } from './dependent-system.entity.js';
import { EventDeliveryEntity } from './event-delivery.entity.js';
import { EventSubscriberEntity } from './event-subscriber.entity.js';
import { EventEntity } from './event.entity.js';
import { LaneEntity } from './lane.entity.js';
import { NamedStepEntity } from './named-step.entity.js';
import { NamedTaskEntity } from './named-task.entity.js';
import { NamedTasksNamedStepEntity } from './named-tasks-named-step.entity.js';
import { ScheduleEntity } from './schedule.entity.js';
import { TaskAnnotationEntity } from './task-annotation.entity.js';
import { TaskDefinitionEntity } from './task-definition.entity.js';
import { TaskNamespaceEntity } from './task-namespace.entity.js';
import { TaskTransitionEntity } from './task-transition.entity.js';
import { TaskEntity } from './task.entity.js';
import { WebhookEntity } from './webhook.entity.js';
import { WorkerEntity } from './worker.entity.js';
import { WorkflowStepEdgeEntity } from './workflow-step-edge.entity.js';
import { WorkflowStepTransitionEntity } from './workflow-step-transition.entity.js';
import { WorkflowStepEntity } from './workflow-step.entity.js';

/** One entity per table, for the `entities` of a DataSource. They name each other: pass them all. */
export const TASKER_ENTITIES = [
  TaskNamespaceEntity,
  NamedTaskEntity,
  DependentSystemEntity,
  NamedStepEntity,
  NamedTasksNamedStepEntity,
  AnnotationTypeEntity,
  DependentSystemObjectMapEntity,
  TaskDefinitionEntity,
  LaneEntity,
  DefinitionStepEntity,
  ControlEntity,
  AuditEntity,
  WorkerEntity,
  TaskEntity,
  WorkflowStepEntity,
  WorkflowStepEdgeEntity,
  TaskTransitionEntity,
  WorkflowStepTransitionEntity,
  TaskAnnotationEntity,
  ScheduleEntity,
  EventEntity,
  EventSubscriberEntity,
  EventDeliveryEntity,
  WebhookEntity,
  ApiTokenEntity,
] as const;
