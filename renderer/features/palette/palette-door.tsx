import { type JSX, useState } from 'react';

import { PaletteSheet } from './palette-sheet.tsx';
import { QueryField } from './query-field.tsx';

interface PaletteDoorProps {
  /** Everything typed so far. */
  readonly onTyped: (text: string) => void;
  readonly onClose: () => void;
}

/**
 * Stands where the palette will, while its code is on the way. Who presses its key types on at once:
 * without a field those letters would be keys of the screen behind, and stop or kill a node.
 */
export function PaletteDoor({ onTyped, onClose }: PaletteDoorProps): JSX.Element {
  const [text, setText] = useState('');
  return (
    <PaletteSheet onClose={onClose}>
      <QueryField
        chosenId={null}
        query={text}
        onQuery={(typed) => {
          setText(typed);
          onTyped(typed);
        }}
      />
    </PaletteSheet>
  );
}
