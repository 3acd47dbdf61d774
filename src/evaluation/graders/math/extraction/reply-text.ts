/**
 * The part of a reply in which its answer is looked for: without thoughts, remarks and what it takes back. Everything is linear in the
 * length of the text.
 */

import { withAffirmed, withoutDenied } from '../../replies/answered-questions.js';
import { withoutGivenUp } from '../../replies/giving-up.js';
import { withoutTakenBack } from '../../replies/taken-back.js';
import { withoutThoughtsBeforeAnswer } from '../../replies/thoughts.js';
import { NUMBERS } from '../../weighing/lexicon.js';
import { weighed } from '../../weighing/weighing.js';
import { withoutOtherDate } from './conclusions/stated-dates.js';
import { withoutDecoration } from './conclusions/wording.js';
import { withClaimStated } from './marks/claims.js';
import { withListInLine } from './marks/listed-lines.js';
import { repaired } from './marks/repair.js';
import { withoutLastAsides } from './remarks/behind/asides.js';
import { withoutContrast } from './remarks/behind/contrasts.js';
import { withoutOtherQuantity } from './remarks/behind/other-quantities.js';
import { withoutPhrasesAbroad } from './remarks/behind/phrases-abroad.js';
import { withoutPhrasesBehind } from './remarks/behind/phrases-behind.js';
import { withoutTimeClause } from './remarks/behind/time-clauses.js';
import { withoutTrailingPhrases } from './remarks/behind/trailing-phrases.js';
import { withoutTrailingRemarks } from './remarks/behind/trailing-remarks.js';
import { withoutRemarksBesideStated } from './remarks/beside-stated.js';
import { withoutCutSentence } from './remarks/cut-sentences.js';
import { withoutHedges } from './remarks/hedges.js';
import { withoutSuppositions } from './remarks/suppositions.js';
import { withoutUnsettled } from './remarks/unsettled.js';
import { withoutWorkingBehind } from './remarks/working/answer-first.js';
import { withoutBreakdown } from './remarks/working/breakdowns.js';
import { withoutCheck } from './remarks/working/checks.js';
import { withoutConfirmingFacts } from './remarks/working/confirming-facts.js';
import { withoutEquationReason } from './remarks/working/equation-reasons.js';
import { withoutRecap } from './remarks/working/recaps.js';
import { withoutVerification } from './remarks/working/verifications.js';
import { withoutConfidence } from './retractions/confidence.js';
import { correctedAnswer } from './retractions/corrections.js';
import { withoutDenials } from './retractions/denials.js';
import { withoutRefusedNeighbours } from './retractions/refused-neighbours.js';
import { withoutRejectedRoot } from './retractions/rejected-roots.js';
import { oppositeAnswers } from './yes-or-no.js';

const WINDOW = 150_000;
/** Longer answers are not parsed anyway. */
const MAX_BOX = 20_000;

/** The text behind its thoughts; of a very long one the end, where answers are, preceded by its last box when that is further up. */
export function windowOf(source: string): string {
  const text = withoutThoughtsBeforeAnswer(source);
  if (text.length <= WINDOW) return text;
  const end = text.slice(-WINDOW);
  if (end.includes('\\boxed')) return end;
  const box = text.lastIndexOf('\\boxed');
  return box < 0 ? end : `${text.slice(box, box + MAX_BOX)}\n\n${end}`;
}

/** A word to begin with, which says nothing: `Alright, so it's 12.` */
const BEGINS =
  /^[\s*_]*(?:al+right(?:y)?|all right|ok(?:ay)?|well|great|let['’]s see)(?:[,!…]|\.{1,3})\s+(?=[^\n]*\d)/i;

/** What a reply says beside its answer is left aside in this order: what comes later is looked for in what is left. */
const ASIDE: readonly ((text: string) => string)[] = [
  withoutRemarksBesideStated,
  withoutGivenUp,
  withoutCutSentence,
  withoutHedges,
  withoutUnsettled,
  withoutTrailingRemarks,
  withoutBreakdown,
  withoutSuppositions,
  withoutVerification,
  withoutCheck,
  withoutRecap,
  withoutContrast,
  withoutOtherQuantity,
  withoutEquationReason,
  withoutRejectedRoot,
  withoutConfirmingFacts,
  withoutWorkingBehind,
  withoutTimeClause,
  withoutPhrasesAbroad,
  withoutPhrasesBehind,
  withoutTrailingPhrases,
  withoutOtherDate,
  withoutRefusedNeighbours,
  withoutLastAsides,
];

/** The part of a reply in which its answer is looked for, and whether it takes another answer back. */
export function replyOf(source: string): { readonly text: string; readonly corrected: boolean } {
  const begun = repaired(windowOf(source)).replace(BEGINS, '');
  const text = withListInLine(ASIDE.reduce((left, without) => without(left), begun));
  const stands = weighed(text, NUMBERS);
  if (stands !== undefined && (stands.standing.length > 0 || stands.before === ''))
    return { text: stands.standing.join(', '), corrected: true };
  const before = stands?.before ?? text;
  const asked = withoutTakenBack(withAffirmed(withoutDenied(before, { statements: true })));
  const sure = withoutDenials(withoutConfidence(asked));
  const correction = oppositeAnswers(sure)?.standing ?? correctedAnswer(sure);
  return {
    text: withClaimStated(withoutDecoration(correction ?? sure)),
    corrected: correction !== undefined || asked !== before,
  };
}
