import { type Check } from './check.js';
import { CLAIM_CHECKS } from './claim-checks.js';
import { COUNTER_CHECKS } from './counter-checks.js';
import { HISTORY_CHECKS } from './history-checks.js';
import { READINESS_CHECKS } from './readiness-checks.js';
import { SCHEDULE_CHECKS } from './schedule-checks.js';
import { STATE_CHECKS } from './state-checks.js';
import { STRUCTURE_CHECKS } from './structure-checks.js';

/** Everything that must hold, what stops work first. */
export const CHECKS: readonly Check[] = [
  ...READINESS_CHECKS,
  ...COUNTER_CHECKS,
  ...STATE_CHECKS,
  ...CLAIM_CHECKS,
  ...HISTORY_CHECKS,
  ...STRUCTURE_CHECKS,
  ...SCHEDULE_CHECKS,
];
