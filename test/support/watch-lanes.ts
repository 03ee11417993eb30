import { OrchestrationService } from 'nestjs-tasker';
import { type TestApp } from './test-app.js';

/** From now on, what the worker of an application last claimed from without asking any control; undefined before it did. */
export function watchLanes(app: TestApp): () => readonly number[] | undefined {
  const orchestration = app.get(OrchestrationService);
  const claim = orchestration.claim.bind(orchestration);
  let lanes: readonly number[] | undefined;
  orchestration.claim = (worker, limit) => {
    lanes = worker.laneIds;
    return claim(worker, limit);
  };
  return () => lanes;
}
