import { type JSX, useState } from 'react';
import { useStore } from 'zustand';

import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { act } from '../act.ts';
import { useApp, useBusy } from '../app-context.tsx';
import { StretchField, stretchMs } from '../recordings/stretch-field.tsx';
import { readReport, reportFileName, saveFile } from './save-report.ts';
import { reportHtml } from './report-html.ts';
import './report-dialog.css';

const LENGTHS = ['1', '5', '30'] as const;

/** Asks for how much of the recording a report is wanted, and saves it. */
export function ReportDialog({
  view,
  onClose,
}: {
  readonly view: ClusterView;
  readonly onClose: () => void;
}): JSX.Element {
  const app = useApp();
  const [length, setLength] = useState<(typeof LENGTHS)[number]>('5');
  const [title, setTitle] = useState(`What happened in ${view.name}`);
  const version = useStore(app.info, ({ info }) => info?.version ?? '');
  const key = `report/${view.id}`;
  const busy = useBusy(key);

  const save = (form: 'html' | 'json'): void => {
    void act(app, {
      key,
      what: 'Save a report',
      inPast: true,
      call: () => {
        const toMs = app.time.store.getState().atMs ?? app.clock.hostNow();
        return readReport(app, view.id, toMs - stretchMs(length), toMs);
      },
      done: (story) => {
        const { view: last, recording } = story;
        const name = reportFileName(last.name, recording.toMs);
        const madeAtMs = app.clock.hostNow();
        if (form === 'json')
          saveFile(`${name}.json`, 'application/json', JSON.stringify(recording));
        else {
          const page = reportHtml({ title, ...story, version, madeAtMs });
          saveFile(`${name}.html`, 'text/html', page);
        }
        onClose();
        return { text: `Saved as ${name}.${form}.` };
      },
    });
  };
  return (
    <Dialog
      title="Save a report"
      subtitle="One page that any browser opens, without this app and without the cluster."
      onClose={onClose}
      footer={
        <>
          <Button busy={busy} onClick={() => save('json')}>
            Save the recording as JSON
          </Button>
          <Button kind="primary" busy={busy} onClick={() => save('html')}>
            Save the report
          </Button>
        </>
      }
    >
      <div className="report-form">
        <TextField label="Title" value={title} maxLength={120} focusFirst onChange={setTitle} />
        <StretchField lengths={LENGTHS} value={length} onChange={setLength} />
        <p className="muted">
          It holds what the nodes traced: roles, votes, members, snapshots, faults and processes,
          the figures, and why there was no leader where there was none. No keys and no values are
          in it, but names, addresses and the reasons that nodes gave.
        </p>
      </div>
    </Dialog>
  );
}
