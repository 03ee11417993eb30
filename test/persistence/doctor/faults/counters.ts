import { type Fault, onStep, onTask } from './plant.js';

export const COUNTERS_FAULTS: readonly Fault[] = [
  { code: 'wrong-pending-parents', what: 'too many', plant: onStep(2, 'pending_parents = 2'), fixed: true },
  { code: 'wrong-pending-parents', what: 'too few', plant: onStep(1, 'pending_parents = 0'), fixed: true },
  { code: 'wrong-total-steps', what: 'too many', plant: onTask('total_steps = 4'), fixed: true },
  { code: 'wrong-open-steps', what: 'too few', plant: onTask('open_steps = 2'), fixed: true },
  { code: 'wrong-live-steps', what: 'none', plant: onTask('live_steps = 0'), fixed: true },
  { code: 'wrong-failed-steps', what: 'one', plant: onTask('failed_steps = 1'), fixed: true },
];
