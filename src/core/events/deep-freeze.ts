/** Freezes a value and all that it is made of. What is frozen already is taken as frozen throughout. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) {
    const member = value[key];
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return value;
}
