/** For every check of the doctor, rows that break it: how they come about, and which id it must name. */
import { CLAIMS_FAULTS } from './faults/claims.js';
import { COUNTERS_FAULTS } from './faults/counters.js';
import { HISTORIES_FAULTS } from './faults/history.js';
import { READINESS_FAULTS } from './faults/readiness.js';
import { STATES_FAULTS } from './faults/states.js';
import { STRUCTURE_FAULTS } from './faults/structure.js';
import { SCHEDULE_FAULTS } from './faults/schedules.js';
import { type Fault } from './faults/plant.js';

export const FAULTS: readonly Fault[] = [
  ...READINESS_FAULTS,
  ...COUNTERS_FAULTS,
  ...STATES_FAULTS,
  ...CLAIMS_FAULTS,
  ...HISTORIES_FAULTS,
  ...STRUCTURE_FAULTS,
  ...SCHEDULE_FAULTS,
];
