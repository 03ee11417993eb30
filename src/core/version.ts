/** The version of this library, as registered with each worker. Held against package.json by a test. */
export const LIBRARY_VERSION = '0.1.0';
