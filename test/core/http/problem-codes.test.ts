import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '#core/problem/codes.ts';

describe('every public error', () => {
  test.each(Object.entries(PROBLEMS))(
    '%s has a kebab-case code, an error status and a title that is a sentence',
    (code, { status, title }) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(600);
      expect(title).toMatch(/^[A-Z].*\.$/);
    },
  );
});
