import { useState } from 'preact/hooks';
import { Icon } from './icons.tsx';

/** Shown this once: nothing that is stored could be shown again. */
export function Secret({ title, value }: { readonly title: string; readonly value: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
  };
  return (
    <div class="note-box" data-tone="good" role="status">
      <strong>{title}</strong>
      <span class="small">Copy it now. It is not shown again.</span>
      <div class="secret">
        <code data-testid="secret">{value}</code>
        <button type="button" onClick={() => void copy()}>
          <Icon name="copy" /> {isCopied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  );
}
