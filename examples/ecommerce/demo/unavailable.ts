/** The demo cannot run, for a reason that is not its own; the message says all there is to know. */
export class Unavailable extends Error {}
