import { StepHandlerRegistry, type StepHandlerEntry } from '../../src/definitions/step-handler-registry.js';

const entry = (token: string, className: string): StepHandlerEntry => ({
  token,
  className,
  instance: { process: () => token },
  metadata: { token },
});

describe('StepHandlerRegistry', () => {
  it('finds a handler by its token and by its class name', () => {
    const registry = new StepHandlerRegistry();
    const charge = entry('charge_card', 'ChargeCard');
    expect(registry.register(charge)).toBeUndefined();
    expect(registry.find('charge_card')).toBe(charge);
    expect(registry.find('ChargeCard')).toBe(charge);
    expect(registry.find('constructor')).toBeUndefined();
    expect(registry.candidates('ChargeCard')).toEqual([charge]);
  });

  it('counts a handler whose token is its class name once', () => {
    const registry = new StepHandlerRegistry();
    const mail = entry('SendMail', 'SendMail');
    registry.register(mail);
    expect(registry.candidates('SendMail')).toEqual([mail]);
    expect(registry.names()).toEqual(['SendMail']);
  });

  it('refuses a second handler with the same token, and says which two', () => {
    const registry = new StepHandlerRegistry();
    const first = entry('charge', 'ChargeCard');
    registry.register(first);
    expect(registry.register(entry('charge', 'ChargePaypal'))).toEqual({
      code: 'AMBIGUOUS_HANDLER',
      message: 'ChargeCard and ChargePaypal both have the token "charge"; give one of them another',
      source: 'ChargePaypal',
    });
    expect(registry.find('charge')).toBe(first);
  });

  it('refuses a class that is provided twice, and takes one instance that is seen twice', () => {
    const registry = new StepHandlerRegistry();
    const first = entry('charge', 'ChargeCard');
    registry.register(first);
    expect(registry.register({ ...first })).toBeUndefined();
    expect(registry.register(entry('charge', 'ChargeCard'))).toMatchObject({
      code: 'AMBIGUOUS_HANDLER',
      message: expect.stringContaining('list the class in one module') as unknown,
    });
    expect(registry.entries()).toEqual([first]);
  });

  it('does not answer to a class name that two handlers have', () => {
    const registry = new StepHandlerRegistry();
    registry.register(entry('mail', 'Notify'));
    registry.register(entry('sms', 'Notify'));
    expect(registry.find('Notify')).toBeUndefined();
    expect(registry.candidates('Notify')).toHaveLength(2);
    expect(registry.names()).toEqual(['mail', 'sms']);
    expect(registry.entries().map(({ token }) => token)).toEqual(['mail', 'sms']);
  });

  it('prefers a token to a class name', () => {
    const registry = new StepHandlerRegistry();
    registry.register(entry('other', 'Mailer'));
    const mailer = entry('Mailer', 'Post');
    registry.register(mailer);
    expect(registry.find('Mailer')).toBe(mailer);
    expect(registry.candidates('Mailer')).toHaveLength(2);
  });

  it('takes nothing any more once frozen', () => {
    const registry = new StepHandlerRegistry();
    registry.freeze();
    expect(() => registry.register(entry('a', 'A'))).toThrow('after the application has started');
  });
});
