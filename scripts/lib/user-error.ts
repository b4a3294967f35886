/** A failure whose message is all its reader needs: printed as one sentence, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Ends a script: a UserError's sentence, or the whole error where it is a bug of ours. */
export function failWith(error: unknown): never {
  console.error(error instanceof UserError ? `\n${error.message}` : error);
  process.exit(1);
}
