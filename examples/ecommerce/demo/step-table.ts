import { type StepRecord, type TaskDetails } from 'nestjs-tasker';
import { type Format, type Line } from './screen.js';
import { duration, durationMs, GLYPHS, msToRetry, seconds, statusOf, type StepStatus } from './step-status.js';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const SPIN_MS = 100;

const FORMATS: Readonly<Partial<Record<StepStatus, Format>>> = {
  pending: 'dim',
  ready: 'cyan',
  in_progress: 'cyan',
  backoff: 'yellow',
  complete: 'green',
  error: 'red',
  exhausted: 'red',
  cancelled: 'dim',
  skipped: 'dim',
};

/** A task's steps as they stand now, a line each. */
export function stepTable(task: TaskDetails, now: Date): Line[] {
  const nameWidth = Math.max(...task.steps.map(({ name }) => name.length));
  return task.steps.map((step) => stepLine(task, step, nameWidth, now));
}

function stepLine(task: TaskDetails, step: StepRecord, nameWidth: number, now: Date): Line {
  const status = statusOf(step, now);
  const format = FORMATS[status];
  return [
    ['  '],
    [glyph(status, now), format],
    [` ${step.name.padEnd(nameWidth)}  `, status === 'pending' ? 'dim' : undefined],
    [saying(task, step, status, now).padEnd(16), format],
    [attempts(step).padEnd(13), 'dim'],
    [remark(step, now), step.error ? format : 'dim'],
  ];
}

function glyph(status: StepStatus, now: Date): string {
  if (status !== 'in_progress') return GLYPHS[status];
  return SPINNER[Math.floor(now.getTime() / SPIN_MS) % SPINNER.length]!;
}

function saying(task: TaskDetails, step: StepRecord, status: StepStatus, now: Date): string {
  switch (status) {
    case 'pending':
      return task.finishedAt === null ? 'waiting' : 'not started';
    case 'in_progress':
      return 'running';
    case 'backoff':
      return `again in ${seconds(msToRetry(step, now))}`;
    case 'error':
    case 'exhausted':
      return 'failed for good';
    default:
      return status.replaceAll('_', ' ');
  }
}

function attempts({ attempts, retryLimit }: StepRecord): string {
  return attempts === 0 ? '' : `attempt ${attempts}/${retryLimit}`;
}

/** The error there is, else how long it took. */
function remark(step: StepRecord, now: Date): string {
  if (step.error) return `${step.error.errorCode ?? step.error.errorClass}: ${step.error.message}`;
  const took = durationMs(step, now);
  return took === undefined ? '' : duration(took);
}
