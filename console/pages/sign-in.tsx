import { useEffect, useRef, useState } from 'preact/hooks';
import type { Trouble } from '../data/api.ts';
import { Mark } from '../ui/icons.tsx';

export function SignIn({
  trouble,
  onSignIn,
}: {
  readonly trouble: Trouble | null;
  readonly onSignIn: (apiKey: string) => Promise<void>;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · Cliffhanger console';
    input.current?.focus();
  }, []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await onSignIn(input.current?.value.trim() ?? '');
    setBusy(false);
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <div class="brand">
          <Mark />
          <span>Cliffhanger</span>
        </div>
        <div>
          <h1>Sign in</h1>
          <p class="soft">With an API key. It is exchanged for a session of 12 hours and kept nowhere.</p>
        </div>
        <label class="field">
          <span>API key</span>
          <input
            ref={input}
            type="password"
            name="key"
            placeholder="sk_…"
            autocomplete="off"
            spellcheck={false}
            required
            aria-invalid={trouble !== null}
            aria-describedby={trouble === null ? undefined : 'sign-in-trouble'}
          />
        </label>
        {trouble !== null && (
          <div class="note-box" data-tone="bad" role="alert" id="sign-in-trouble">
            <strong>{trouble.title}</strong>
            <span>{trouble.detail}</span>
          </div>
        )}
        <button data-kind="primary" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
        <p class="soft small">
          On your own machine <code>npm start</code> prints where the key is. What a key may see follows from its
          scopes.
        </p>
      </form>
    </main>
  );
}
