import type { HealthLevel } from '../../../main/contract/model.ts';
import type { LinkState } from '../../state/app-state.ts';

/** How the whole header looks: a bar that changes colour is seen from the corner of the eye. */
export type Mood = 'normal' | 'danger' | 'lost' | 'past';

/** The mood for a cluster's health; `null` where the header is about no cluster. */
export function moodOf(level: HealthLevel | null, link: LinkState, inPast: boolean): Mood {
  if (link === 'lost') return 'lost';
  if (inPast && level !== null) return 'past';
  return level === 'no-leader' ? 'danger' : 'normal';
}

/** The host's sentence in the parts that are set differently. */
export interface SentenceParts {
  /** 'Healthy', 'No leader'. */
  readonly word: string;
  /** '3 of 3 voters'. */
  readonly fact: string;
  /** ', can lose 1': left out where there is no room. */
  readonly more: string;
}

export function splitSentence(sentence: string): SentenceParts {
  const colon = sentence.indexOf(': ');
  if (colon < 0) return { word: sentence, fact: '', more: '' };
  const rest = sentence.slice(colon + 2);
  const comma = rest.indexOf(', ');
  return comma < 0
    ? { word: sentence.slice(0, colon), fact: rest, more: '' }
    : {
        word: sentence.slice(0, colon),
        fact: rest.slice(0, comma),
        more: rest.slice(comma),
      };
}
