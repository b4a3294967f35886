/** Looks over the shoulder of methods of the browser. */

export function beforeEach(owner: object, name: string, look: (self: unknown) => void): void {
  replace(owner, name, (method, self, args) => {
    look(self);
    return Reflect.apply(method, self, args);
  });
}

export function afterEach(owner: object, name: string, look: (self: unknown, answer: unknown) => void): void {
  replace(owner, name, (method, self, args) => {
    const answer = Reflect.apply(method, self, args);
    look(self, answer);
    return answer;
  });
}

type Method = (...args: readonly unknown[]) => unknown;

function replace(
  owner: object,
  name: string,
  call: (method: Method, self: unknown, args: readonly unknown[]) => unknown,
): void {
  const method = Reflect.get(owner, name) as Method;
  Reflect.set(owner, name, function (this: unknown, ...args: readonly unknown[]): unknown {
    return call(method, this, args);
  });
}
