import type { JSX } from 'react';

import type { Upload } from '../../state/opened.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatBytes } from '../../ui/format.ts';
import './recordings.css';

/** How far a file has come that is being opened, and the way to give it up. */
export function OpeningDialog({
  upload,
  onCancel,
}: {
  readonly upload: Upload;
  readonly onCancel: () => void;
}): JSX.Element {
  const { fileName, sizeBytes, sentBytes } = upload;
  return (
    <Dialog
      title="Opening a recording"
      subtitle={<bdi>{fileName}</bdi>}
      onClose={onCancel}
      footer={<Button onClick={onCancel}>Cancel</Button>}
    >
      <div className="opening">
        <progress aria-label="Read so far" max={Math.max(1, sizeBytes)} value={sentBytes} />
        <p className="muted">
          {formatBytes(sentBytes)} of {formatBytes(sizeBytes)} read and checked.
        </p>
      </div>
    </Dialog>
  );
}
