/** What a host may inject beside the classes. */

/** The resolved options (`ResolvedOptions`). */
export const TASKER_OPTIONS = Symbol('TASKER_OPTIONS');
export { ENGINE_OPTIONS as TASKER_ENGINE_OPTIONS } from './engine/engine.tokens.js';
/** The DataSource the library opened itself, `{ dataSource: null }` when it uses the host's. */
export const OWN_DATA_SOURCE = Symbol('TASKER_OWN_DATA_SOURCE');
