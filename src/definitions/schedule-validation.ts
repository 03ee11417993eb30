import { ContextValidationError } from '../core/errors.js';
import { ContextValidator } from './context-validator.js';
import { cronFlaw, timeZoneFlaw } from './cron-times.js';
import { type Findings } from './findings.js';
import { type Path } from './plain-json.js';
import { schemaProblems } from './schema-compiler.js';
import { fullName, type TaskTemplate } from './task-template.js';

/** The columns that keep these. */
const MAX_CRON = 255;
const MAX_TIME_ZONE = 64;

/** Finds what would keep a schedule from ever creating a task, so that it shows at boot and not at three in the morning. */
export function checkSchedule(template: TaskTemplate, findings: Findings): void {
  const { schedule } = template;
  if (schedule === null || findings.has(['schedule'])) return;
  const { cron, timeZone } = schedule;
  const refuse = (field: string, flaw: string | undefined): void => {
    const path = ['schedule', field];
    if (flaw === undefined || findings.has(path)) return;
    findings.add('INVALID_SCHEDULE', path, `schedule: ${findings.label(path)} ${flaw}`);
  };
  if (cron === '') refuse('cron', 'is missing');
  else refuse('cron', cron.length > MAX_CRON ? `has more than ${MAX_CRON} characters` : cronFlaw(cron));
  refuse(
    'timeZone',
    timeZone.length > MAX_TIME_ZONE ? `has more than ${MAX_TIME_ZONE} characters` : zoneFlaw(timeZone),
  );
  checkContext(template, findings);
}

function zoneFlaw(timeZone: string): string | undefined {
  return timeZone === '' ? 'is empty' : timeZoneFlaw(timeZone);
}

/** The tasks of a schedule are created when nobody looks: a context that they would be refused for is refused now. */
function checkContext(template: TaskTemplate, findings: Findings): void {
  const { schema, strictContext, schedule } = template;
  const path: Path = ['schedule', 'context'];
  if (findings.has(path) || (schema !== null && (findings.has(['schema']) || schemaProblems(schema).length > 0)))
    return;
  try {
    new ContextValidator(fullName(template), schema, strictContext).validate(schedule!.context);
  } catch (error) {
    if (!(error instanceof ContextValidationError)) throw error;
    for (const { path: field, message } of error.errors) {
      findings.add('INVALID_SCHEDULE', path, `schedule: ${field} ${message}`);
    }
  }
}
