/** The engine's options, resolved and checked (`EngineOptions`). */
export const ENGINE_OPTIONS = Symbol('TASKER_ENGINE_OPTIONS');
