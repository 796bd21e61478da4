import type { JSX } from 'react';

import './copy-box.css';
import { CopyButton } from './copy-button.tsx';

/** A line that can be typed elsewhere, and a button that copies it. */
export function CopyBox({
  text,
  what,
}: {
  readonly text: string;
  readonly what: string;
}): JSX.Element {
  return (
    <div className="copy-box">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </div>
  );
}
