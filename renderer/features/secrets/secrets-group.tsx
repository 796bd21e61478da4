import { type JSX, useEffect, useState } from 'react';

import type { Result } from '../../../main/contract/errors.ts';
import type { AppInfo, SecretFile } from '../../../main/contract/model.ts';
import { useApp } from '../app-context.tsx';
import { PASSWORDS, placeWords, secretWords } from './secret-words.ts';

/** Says on Settings which secrets there are, and where. It is asked for anew each time that is opened. */
export function SecretsGroup({ mode }: { readonly mode: AppInfo['mode'] }): JSX.Element {
  const { api } = useApp();
  const [result, setResult] = useState<Result<SecretFile> | null>(null);
  useEffect(() => {
    let shown = true;
    void api.secretFile({}).then((answer) => {
      if (shown) setResult(answer);
    });
    return () => {
      shown = false;
    };
  }, [api]);
  return (
    <section aria-label="Secrets" className="settings-group">
      <h2>Secrets</h2>
      <dl className="settings-facts">
        <div>
          <dt>Passwords</dt>
          <dd>{PASSWORDS}</dd>
        </div>
        <div>
          <dt>Of the nodes</dt>
          <dd>
            {result === null && '…'}
            {result?.ok === false && result.error.message}
            {result?.ok === true && (
              <>
                <span className="mono">{result.value.path}</span>: {secretWords(result.value)}.{' '}
                {placeWords(mode)}
              </>
            )}
          </dd>
        </div>
      </dl>
    </section>
  );
}
