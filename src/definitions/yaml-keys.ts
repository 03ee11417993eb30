/**
 * The keys of a definition file. What a file may say twice over in two words (an alias) has one word from here on, so that
 * an overlay and its base always mean the same key.
 */
export interface KeyTable {
  /** Each key and the field of the workflow object that it fills; null: read elsewhere, or by nobody yet. */
  readonly fields: Readonly<Record<string, string | null>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Keys of older definitions that have no meaning here; accepted, so that a file carries over unchanged. */
  readonly ignored: readonly string[];
}

export const WORKFLOW_KEYS: KeyTable = {
  fields: {
    name: 'name',
    namespace_name: 'namespace',
    version: 'version',
    description: 'description',
    schema: 'schema',
    strict_context: 'strictContext',
    default_dependent_system: 'dependentSystem',
    schedule: 'schedule',
    sensitive: 'sensitive',
    step_templates: 'steps',
    /** The closed list of legal step names. */
    named_steps: null,
    environments: null,
    /** Checked; nothing publishes them yet. */
    custom_events: 'customEvents',
  },
  aliases: { namespace: 'namespace_name', steps: 'step_templates' },
  /**
   * `handler` / `task_handler_class` and `module_namespace` named the class that carried the workflow (here the file is
   * the workflow), `concurrent` had no effect (independent steps always run side by side), the rest was never read.
   */
  ignored: [
    'handler',
    'task_handler_class',
    'module_namespace',
    'concurrent',
    'handler_config',
    'configuration',
    'dependent_systems',
  ],
};

export const STEP_KEYS: KeyTable = {
  fields: {
    name: 'name',
    handler_class: 'handler',
    description: 'description',
    dependent_system: 'dependentSystem',
    default_retryable: 'retryable',
    default_retry_limit: 'retryLimit',
    timeout_seconds: 'timeoutSeconds',
    backoff: 'backoff',
    skippable: 'skippable',
    handler_config: 'config',
    sensitive: 'sensitive',
    /** Together they are `dependsOn`. */
    depends_on_step: null,
    depends_on_steps: null,
    /** Checked; nothing publishes them yet. */
    custom_events: 'customEvents',
  },
  aliases: {
    handler: 'handler_class',
    depends_on: 'depends_on_steps',
    retryable: 'default_retryable',
    retry_limit: 'default_retry_limit',
  },
  ignored: [],
};

export const BACKOFF_KEYS: KeyTable = {
  fields: { delays_seconds: 'delaysSeconds', multiplier: 'multiplier', max_seconds: 'maxSeconds', jitter: 'jitter' },
  aliases: {},
  ignored: [],
};

export const SCHEDULE_KEYS: KeyTable = {
  fields: { cron: 'cron', time_zone: 'timeZone', context: 'context', missed: 'missed', enabled: 'enabled' },
  aliases: {},
  ignored: [],
};

export const EVENT_KEYS: KeyTable = {
  fields: { name: 'name', description: 'description', schema: 'schema' },
  aliases: {},
  ignored: [],
};

/** All that may be written, for "did you mean". */
export function writableKeys({ fields, aliases, ignored }: KeyTable): string[] {
  return [...Object.keys(fields), ...Object.keys(aliases), ...ignored];
}
