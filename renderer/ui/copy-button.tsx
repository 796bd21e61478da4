import { type JSX, useEffect, useState } from 'react';

import { Button, IconButton } from './button.tsx';

const SHOWN_MS = 1_500;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, for whoever does not see where the button stands. */
  readonly what: string;
  readonly iconOnly?: boolean;
  /** 'Copy' unless given. */
  readonly label?: string;
}

/** Copies when it is pressed, never before; says so, or says that it could not. */
export function CopyButton({
  text,
  what,
  iconOnly = false,
  label = 'Copy',
}: CopyButtonProps): JSX.Element {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);

  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => setOutcome(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = (): void => {
    void copyText(text).then((done) => setOutcome(done ? 'copied' : 'failed'));
  };
  const word = outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Not copied' : label;
  return (
    <>
      {iconOnly ? (
        <IconButton
          icon={outcome === 'copied' ? 'check' : 'copy'}
          label={outcome === null ? `Copy ${what}` : word}
          size="small"
          onClick={copy}
        />
      ) : (
        <span className="copy-button">
          <Button
            kind="quiet"
            size="small"
            icon={outcome === 'copied' ? 'check' : 'copy'}
            onClick={copy}
          >
            {word}
            <span className="visually-hidden"> {what}</span>
          </Button>
        </span>
      )}
      <span role="status" className="visually-hidden">
        {outcome === null ? '' : `${word}: ${what}`}
      </span>
    </>
  );
}

/** True when it is on the clipboard; a browser may refuse, for one without HTTPS. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
