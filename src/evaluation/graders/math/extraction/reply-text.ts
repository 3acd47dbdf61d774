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
import { withoutDecoration } from './conclusions/wording.js';
import { withClaimStated } from './marks/claims.js';
import { repaired } from './marks/repair.js';
import { withoutWorkingBehind } from './remarks/answer-first.js';
import { withoutLastAsides } from './remarks/asides.js';
import { withoutRemarksBesideStated } from './remarks/beside-stated.js';
import { withoutBreakdown } from './remarks/breakdowns.js';
import { withoutCheck } from './remarks/checks.js';
import { withoutConfirmingFacts } from './remarks/confirming-facts.js';
import { withoutContrast } from './remarks/contrasts.js';
import { withoutCutSentence } from './remarks/cut-sentences.js';
import { withoutEquationReason } from './remarks/equation-reasons.js';
import { withoutHedges } from './remarks/hedges.js';
import { withoutOtherQuantity } from './remarks/other-quantities.js';
import { withoutRecap } from './remarks/recaps.js';
import { withoutSuppositions } from './remarks/suppositions.js';
import { withoutTimeClause } from './remarks/time-clauses.js';
import { withoutTrailingPhrases } from './remarks/trailing-phrases.js';
import { withoutTrailingRemarks } from './remarks/trailing-remarks.js';
import { withoutUnsettled } from './remarks/unsettled.js';
import { withoutVerification } from './remarks/verifications.js';
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

/** The part of a reply in which its answer is looked for, and whether it takes another answer back. */
export function replyOf(source: string): { readonly text: string; readonly corrected: boolean } {
  const whole = withoutRemarksBesideStated(repaired(windowOf(source)));
  const reply = withoutTrailingRemarks(withoutUnsettled(withoutHedges(withoutCutSentence(withoutGivenUp(whole)))));
  const said = withoutRecap(withoutCheck(withoutVerification(withoutSuppositions(withoutBreakdown(reply)))));
  const result = withoutEquationReason(withoutOtherQuantity(withoutContrast(said)));
  const answered = withoutWorkingBehind(withoutConfirmingFacts(withoutRejectedRoot(result)));
  const stated = withoutTrailingPhrases(withoutTimeClause(answered));
  const text = withoutLastAsides(withoutRefusedNeighbours(stated));
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
