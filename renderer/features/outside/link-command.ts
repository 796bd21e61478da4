import { formatDeepLink } from '../../../main/contract/deep-link.ts';
import type { AppState } from '../../state/app-state.ts';
import { isClusterScreen, type Route } from '../../state/route.ts';
import { copyAndSay } from '../copy-and-say.ts';
import { PLAIN, type PaletteCommand } from '../palette/palette-command.ts';

/** The link to what is shown, for a report or a chat. */
export function linkTo({ screen, clusterId, nodeId, atMs }: Route): string {
  if (isClusterScreen(screen) && clusterId !== null) {
    return formatDeepLink({ screen, clusterId, nodeId, atMs });
  }
  return formatDeepLink({ screen: screen === 'settings' ? 'settings' : 'clusters' });
}

/** Copies a link to what is shown. In a browser the address of the page is one already. */
export function linkCommands(app: AppState): readonly PaletteCommand[] {
  if (app.info.getState().info?.mode !== 'electron') return [];
  return [
    {
      ...PLAIN,
      id: 'copy-link',
      group: 'Go to',
      words: 'Copy a link to this',
      also: 'raftdeck url address share moment deep',
      icon: 'copy',
      run: () => copyAndSay(app, linkTo(app.route.store.getState())),
    },
  ];
}
