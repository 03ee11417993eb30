/** `nestjs-tasker/testing`: what tests of a host need. */
export { startEmbeddedPostgres } from './embedded-postgres.js';
export { FakeClock } from './fake-clock.js';
