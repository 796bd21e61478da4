import type { AppInfo, SecretFile } from '../../../main/contract/model.ts';

/** What the app keeps of passwords. */
export const PASSWORDS =
  'none: clusters that are made here ask nobody for one on this machine, so none is typed or kept';

/** Who can read the secret of the nodes, without more than the system says. */
export function secretWords({ readableBy }: SecretFile): string {
  switch (readableBy) {
    case 'owner':
      return 'only you can read it';
    case 'others':
      return 'others on this machine can read it, so no node starts with it. Take that from them (chmod 600), or remove it while no node runs: the next start makes a new one';
    case 'nobody':
      return 'it is made when the first node starts';
    case 'unknown':
      return 'this system does not say who can read it';
  }
}

/** Why it is a file, where the system may offer something that sounds better. */
export function placeWords(mode: AppInfo['mode']): string {
  const keyring =
    mode === 'electron' ? 'the system’s keyring is not used' : 'a browser has no keyring';
  return `A plain file, not encrypted; ${keyring}. Nodes read it by themselves, those too that you start in a terminal.`;
}
