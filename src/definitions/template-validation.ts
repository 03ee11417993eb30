import semver from 'semver';
import { type BackoffPolicy } from '../core/backoff.js';
import { StepGraph } from '../core/graph.js';
import { type Findings } from './findings.js';
import { type Path } from './plain-json.js';
import { checkCustomEvents } from './custom-event-validation.js';
import { checkSchedule } from './schedule-validation.js';
import { checkSensitive } from './sensitive-validation.js';
import { schemaProblems } from './schema-compiler.js';
import { type StepTemplate, type TaskTemplate } from './task-template.js';

/** The columns that keep these names. */
const MAX_NAME = 64;
const MAX_STEP_NAME = 128;
const MAX_HANDLER = 255;
const MAX_VERSION = 64;
const MAX_DESCRIPTION = 255;
/** Node's timers hold 2^31-1 ms; a longer one would fire at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;
const MAX_RETRY_LIMIT = 2_147_483_647;
const MAX_BACKOFF_SECONDS = 86_400;

const NAME_PATTERN = /^[a-z][a-z0-9_/-]*$/;
const CONTROL = /\p{Cc}/u;

/**
 * Finds everything that keeps a template from being run, handlers aside (see handler-validation.ts). Fields that are
 * already known to be wrong are not looked at again.
 */
export function validateTemplate(template: TaskTemplate, findings: Findings): void {
  const { name, namespace, version, description, schema, steps } = template;
  checkTaskName('name', name, findings);
  checkTaskName('namespace', namespace, findings);
  checkVersion(version, findings);
  checkLength('description', description, MAX_DESCRIPTION, findings, ['description']);
  if (schema !== null) {
    for (const { path, message } of schemaProblems(schema)) {
      findings.add('INVALID_SCHEMA', ['schema', ...path], `${['schema', ...path].join('.')} ${message}`);
    }
  }
  if (steps.length === 0 && !findings.has(['steps'])) {
    findings.add('INVALID_DEFINITION', ['steps'], 'a workflow has at least one step');
  }
  steps.forEach((step, index) => checkStep(step, ['steps', index], findings));
  checkGraph(steps, findings);
  checkSchedule(template, findings);
  checkCustomEvents(template, findings);
  checkSensitive(template, findings);
}

function checkTaskName(field: 'name' | 'namespace', value: string, findings: Findings): void {
  if (findings.has([field])) return;
  const label = findings.label([field]);
  if (value === '') findings.add('INVALID_DEFINITION', [field], `${label} is missing`);
  else if (value.length > MAX_NAME) checkLength(label, value, MAX_NAME, findings, [field]);
  else if (!NAME_PATTERN.test(value)) {
    const message = `${label} "${value}" must be lower case letters, digits, _, / or -, beginning with a letter`;
    findings.add('INVALID_DEFINITION', [field], message);
  }
}

function checkVersion(version: string, findings: Findings): void {
  if (findings.has(['version'])) return;
  if (version.length > MAX_VERSION) return checkLength('version', version, MAX_VERSION, findings, ['version']);
  const parsed = semver.parse(version);
  const build = parsed?.build.length ? `+${parsed.build.join('.')}` : '';
  if (parsed && parsed.version + build === version) return;
  const guess = semver.coerce(version)?.version;
  const hint = guess === undefined ? '' : ` Did you mean "${guess}"?`;
  findings.add('INVALID_VERSION', ['version'], `version "${version}" is not a full version such as "1.0.0".${hint}`);
}

function checkStep(step: StepTemplate, path: Path, findings: Findings): void {
  const title = step.name === '' ? `step ${Number(path.at(-1)) + 1}` : `step "${shorten(step.name)}"`;
  const at = (field: string): Path => [...path, field];
  const refuse = (field: string, message: string): void => {
    findings.add('INVALID_DEFINITION', at(field), `${title}: ${findings.label(at(field))} ${message}`);
  };
  const checkText = (field: 'name' | 'dependentSystem' | 'handler', limit: number): void => {
    const value = step[field];
    if (findings.has(at(field))) return;
    if (value === '') {
      if (field !== 'handler' || step.name !== '') refuse(field, field === 'name' ? 'is missing' : 'is empty');
    } else if (value !== value.trim() || CONTROL.test(value)) {
      refuse(field, 'has space around it or control characters in it');
    } else checkLength(`${title}: ${findings.label(at(field))}`, value, limit, findings, at(field));
  };
  if (findings.has(path)) return;
  checkText('name', MAX_STEP_NAME);
  checkText('dependentSystem', MAX_NAME);
  checkText('handler', MAX_HANDLER);
  checkLength(`${title}: description`, step.description, MAX_DESCRIPTION, findings, at('description'));
  if (!Number.isInteger(step.retryLimit) || step.retryLimit < 1 || step.retryLimit > MAX_RETRY_LIMIT) {
    refuse('retryLimit', `counts all attempts: an integer of 1 or more, not ${step.retryLimit}`);
  }
  if (step.timeoutSeconds !== null && (step.timeoutSeconds <= 0 || step.timeoutSeconds > MAX_TIMEOUT_SECONDS)) {
    refuse('timeoutSeconds', `must be above 0 and at most ${MAX_TIMEOUT_SECONDS}, not ${step.timeoutSeconds}`);
  }
  if (step.backoff) checkBackoff(step.backoff, at('backoff'), title, findings);
}

function checkBackoff(backoff: Partial<BackoffPolicy>, path: Path, title: string, findings: Findings): void {
  const check = (field: keyof BackoffPolicy, value: number | undefined, min: number, max: number): void => {
    if (value === undefined || (value >= min && value <= max)) return;
    const label = `${title}: backoff ${findings.label([...path, field])}`;
    findings.add('INVALID_DEFINITION', [...path, field], `${label} must be from ${min} to ${max}, not ${value}`);
  };
  const { delaysSeconds = [], multiplier, maxSeconds, jitter } = backoff;
  check('maxSeconds', maxSeconds, 1, MAX_BACKOFF_SECONDS);
  check('multiplier', multiplier, 1, 10);
  check('jitter', jitter, 0, 1);
  for (const delay of delaysSeconds) check('delaysSeconds', delay, 0, maxSeconds ?? MAX_BACKOFF_SECONDS);
}

function checkGraph(steps: readonly StepTemplate[], findings: Findings): void {
  const nodes = steps.map(({ name, dependsOn }, index) => ({ name: name === '' ? `\0${index}` : name, dependsOn }));
  for (const problem of StepGraph.problems(nodes)) {
    const step = ['steps', problem.index] as const;
    const dependency = steps[problem.index]!.dependsOn.indexOf(problem.dependency ?? '');
    const path: Path =
      problem.code === 'DUPLICATE_STEP'
        ? [...step, 'name']
        : dependency < 0
          ? [...step, 'dependsOn']
          : [...step, 'dependsOn', dependency];
    findings.add(problem.code, path, problem.message);
  }
}

function checkLength(label: string, value: string, limit: number, findings: Findings, path: Path): void {
  const length = [...value].length;
  if (length <= limit) return;
  findings.add('NAME_TOO_LONG', path, `${label} has ${length} characters; at most ${limit} are kept`);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
