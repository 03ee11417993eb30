import { type BackoffPolicy } from '../core/backoff.js';
import { type EventDeclaration } from '../core/events/event-declaration.js';
import { MISSED_POLICIES } from '../core/schedule.js';
import { StepHandlerMark, type StepHandlerMetadata } from '../handlers/step-handler.js';
import { FieldReader } from './field-reader.js';
import { type Findings } from './findings.js';
import { type Path } from './plain-json.js';
import {
  DEFAULT_NAMESPACE,
  DEFAULT_RETRY_LIMIT,
  DEFAULT_TIME_ZONE,
  DEFAULT_VERSION,
  type ScheduleTemplate,
  type StepTemplate,
  type TaskTemplate,
  UNKNOWN_SYSTEM,
} from './task-template.js';

const WORKFLOW_KEYS = [
  'name',
  'namespace',
  'version',
  'description',
  'schema',
  'strictContext',
  'dependentSystem',
  'schedule',
  'customEvents',
  'sensitive',
  'steps',
];
const STEP_KEYS = [
  'name',
  'handler',
  'description',
  'dependsOn',
  'dependentSystem',
  'retryable',
  'retryLimit',
  'timeoutSeconds',
  'backoff',
  'skippable',
  'config',
  'customEvents',
  'sensitive',
];
const SCHEDULE_KEYS = ['cron', 'timeZone', 'context', 'missed', 'enabled'];
const EVENT_KEYS = ['name', 'description', 'schema'];
const BACKOFF_KEYS = ['delaysSeconds', 'multiplier', 'maxSeconds', 'jitter'];

export interface BuildDefaults {
  /** The module's `strictContext`, for workflows that say nothing. */
  readonly strictContext: TaskTemplate['strictContext'];
}

/**
 * Completes a workflow as its author wrote it to a template in which nothing is optional. Takes anything: what has the
 * wrong type becomes a finding and its default. The template shares nothing with its input, and is to be used only when
 * there are no findings after {@link validateTemplate}.
 */
export function buildTemplate(workflow: unknown, findings: Findings, defaults: BuildDefaults): TaskTemplate {
  const fields = new FieldReader(workflow, findings, []);
  fields.expectKeys(WORKFLOW_KEYS);
  if (typeof fields.read('version') === 'number') {
    const message = `version must be text: put it in quotes, e.g. "1.0.0" (unquoted, ${String(fields.read('version'))} is a number)`;
    findings.add('INVALID_VERSION', ['version'], message);
  }
  const dependentSystem = fields.string('dependentSystem', UNKNOWN_SYSTEM);
  return {
    namespace: fields.string('namespace', DEFAULT_NAMESPACE).trim(),
    name: fields.string('name', '').trim(),
    version: findings.has(['version']) ? DEFAULT_VERSION : fields.string('version', DEFAULT_VERSION),
    description: fields.string('description', ''),
    schema: fields.json('schema', null),
    strictContext: fields.oneOf('strictContext', ['reject', 'strip', 'allow'], defaults.strictContext),
    schedule: fields.has('schedule') ? buildSchedule(fields.read('schedule'), findings) : null,
    ...customEvents(fields, [], '', findings),
    ...sensitivePaths(fields),
    steps: fields.list('steps').map((step, index) => buildStep(step, ['steps', index], findings, dependentSystem)),
  };
}

function buildSchedule(value: unknown, findings: Findings): ScheduleTemplate {
  const fields = new FieldReader(value, findings, ['schedule'], 'schedule: ');
  fields.expectKeys(SCHEDULE_KEYS);
  return {
    cron: fields.string('cron', ''),
    timeZone: fields.string('timeZone', DEFAULT_TIME_ZONE),
    context: fields.json('context', {}),
    missed: fields.oneOf('missed', MISSED_POLICIES, 'once'),
    enabled: fields.boolean('enabled', true),
  };
}

function buildStep(step: unknown, path: Path, findings: Findings, dependentSystem: string): StepTemplate {
  const given = typeof step === 'object' && step !== null && 'name' in step ? step.name : undefined;
  const title = typeof given === 'string' && given !== '' ? `step "${given}"` : `step ${Number(path.at(-1)) + 1}`;
  const fields = new FieldReader(step, findings, path, `${title}: `);
  fields.expectKeys(STEP_KEYS);
  const name = fields.string('name', '');
  return {
    name,
    description: fields.string('description', name),
    handler: handlerToken(fields, [...path, 'handler'], findings, title) ?? name,
    dependentSystem: fields.string('dependentSystem', dependentSystem),
    dependsOn: [...new Set(fields.strings('dependsOn'))],
    retryable: fields.boolean('retryable', true),
    retryLimit: fields.number('retryLimit', DEFAULT_RETRY_LIMIT),
    timeoutSeconds: fields.number('timeoutSeconds', null),
    backoff: fields.has('backoff') ? buildBackoff(fields.read('backoff'), [...path, 'backoff'], findings, title) : null,
    skippable: fields.boolean('skippable', false),
    config: fields.json('config', {}),
    ...customEvents(fields, path, `${title}: `, findings),
    ...sensitivePaths(fields),
  };
}

function customEvents(
  fields: FieldReader,
  path: Path,
  prefix: string,
  findings: Findings,
): { readonly customEvents?: readonly EventDeclaration[] } {
  const events = fields.list('customEvents').map((given, index): EventDeclaration => {
    const event = new FieldReader(given, findings, [...path, 'customEvents', index], `${prefix}custom event: `);
    event.expectKeys(EVENT_KEYS);
    const schema = event.json('schema', undefined);
    return {
      name: event.string('name', ''),
      ...(event.has('description') && { description: event.string('description', '') }),
      ...(schema && { schema }),
    };
  });
  return events.length === 0 ? {} : { customEvents: events };
}

function sensitivePaths(fields: FieldReader): { readonly sensitive?: readonly string[] } {
  const paths = fields.strings('sensitive');
  return paths.length === 0 ? {} : { sensitive: [...paths] };
}

/** A class stands for the token of its mark, a text for itself; undefined when neither is given. */
function handlerToken(fields: FieldReader, path: Path, findings: Findings, title: string): string | undefined {
  const handler = fields.read('handler');
  if (typeof handler !== 'function') return fields.has('handler') ? fields.string('handler', '') : undefined;
  const mark = Reflect.getMetadata(StepHandlerMark.KEY, handler) as StepHandlerMetadata | undefined;
  if (!mark) {
    const message = `${title}: the class ${handler.name || '(without a name)'} is not marked with @StepHandler`;
    findings.add('UNKNOWN_STEP_HANDLER', path, message);
  }
  return mark?.token ?? handler.name;
}

function buildBackoff(value: unknown, path: Path, findings: Findings, title: string): Partial<BackoffPolicy> {
  const fields = new FieldReader(value, findings, path, `${title}: backoff `);
  fields.expectKeys(BACKOFF_KEYS);
  const delaysSeconds = fields.numbers('delaysSeconds');
  const multiplier = fields.number('multiplier', undefined);
  const maxSeconds = fields.number('maxSeconds', undefined);
  const jitter = fields.number('jitter', undefined);
  return {
    ...(delaysSeconds === undefined ? {} : { delaysSeconds: [...delaysSeconds] }),
    ...(multiplier === undefined ? {} : { multiplier }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(jitter === undefined ? {} : { jitter }),
  };
}
