/**
 * What a sentence is that answers nothing: a question or task, an offer or check, a plan, or what is given. Sentences that come to
 * something all the same (`We need to add 3 and 4, so it is 7.`) are none of these. Linear in the length of the sentence.
 */

/**
 * How much a sentence at the end of a reply says about what stands before it. `beside`: an answer may stand there, in any form. `asks`:
 * there may be facts of a problem, so that only a conclusion is an answer. `continues`: more was to come, so that only a stated answer is.
 */
export type NonAnswer = 'beside' | 'asks' | 'continues';

const LEADS = String.raw`^[\s*_>#"“(–—-]*(?:(?:so|now|next|then|and|but|ok(?:ay)?|well|hmm+|first|second|third|also|finally|alright|sure|great|wait|sorry|please)(?![\p{L}'’])[,.!…]{0,3}\s+){0,3}`;
const form = (source: string): RegExp => new RegExp(LEADS + source, 'iu');

const QUESTION_END = /\?[\s*_"”)$]*$/;
const ASKS = form(
  String.raw`(?:is|are|was|were|do|does|did|can|could|would|should|shall|will|has|have|had|may|might|must|how|what|which|who|whose|whom|where|when|why|wie|welche[rs]?|combien|quel(?:le)?s?|cu[aá]nt[oa]s?|quant[aieo]s?)(?![\p{L}'’])`,
);
/** `If 7 of them are red, how many are blue?` */
const ASKS_WITHIN =
  /\b(?:how (?:many|much|long|far|old|often|tall|fast|big|deep|high|do|does|did|can|could|would|should|is|are)|what|why|which (?:of|one|number|value)|(?:when|where|who) (?:should|will|would|do|does|did|is|are|can))\b/i;
/** About what was said, or what may be told besides. */
const OFFERS_OR_CHECKS = form(
  String.raw`(?:would you like|would it help|do you (?:want|need|have|see|understand|agree|think|know why)|did (?:you|that|this|i)\b|does (?:that|this|it) (?:make sense|help|answer|look|seem|sound)|shall (?:i|we)|should (?:i|we) (?:explain|go|show|check|verify|continue|stop)|(?:can|may|could) i\b|want (?:me|to|more|another)|need (?:any|more|help)|any(?:thing else|\s(?:other |more |further )?questions?)|is (?:that|this|it|(?:the|my) answer) (?:(?:all|really) )?(?:right|correct|true|clear|ok(?:ay)?|good|fine|enough)\b|how (?:(?:did|do|would) you|does|did|about|can i)\b|how (?:many|much) did you (?:get|find)|what (?:do|did) you (?:think|get|find)|what (?:else|about)|why|can you see)(?![\p{L}])`,
);
const OFFERS = form(
  String.raw`(?:(?:i|we)(?:['’]d| would|['’]m| am)? ?(?:can|could|be (?:happy|glad)|happy|glad|will|love)(?: also| gladly| to)* (?:explain|show|help|provide|elaborate|walk|clarify|go (?:through|over)|give (?:you )?(?:more|another|an explanation))|let me know|feel free|let(?:['’]s| me| us) (?:quickly |now |also |just |first )?(?:check|verify|confirm|double|explain|show|know|move on|proceed to the next (?:problem|question|exercise)|recheck|re-check|make sure|see (?:if|whether)))(?![\p{L}])`,
);
/** Facts that are only remembered, which may stand behind an answer as well. */
const NOTES = form(
  String.raw`(?:hint\b|(?:p\.?s\.?|n\.?b\.?)\s*:|(?:we |i |you |to |let['’]s |let us )?(?:should |must |can )?(?:note|notice|observe|recall|remember)\b(?: that|:|,)?\s|(?:we|i) (?:also )?know (?:that )?(?:there|each|every|one|an?|the (?:formula|sum of the angles))(?![\p{L}]))`,
);

const TASK_VERB = '(?:find|compute|determine|calculate|evaluate|solve|prove|work out|figure out|estimate)';
/** Also a question without its mark. */
const QUESTION = String.raw`(?:how (?:many|much|long|far|old|often|tall|fast)|(?:what|which) (?:is|are|was|were|will|would|[a-z]+ of)|which [a-z]+ (?:is|are|was|were))(?![\p{L}])`;
const TASK = form(
  String.raw`(?:(?:please |you (?:must|should|have to|are (?:asked|to)) (?:to )?)?${TASK_VERB}\s|${QUESTION})`,
);
const ASKED = form(QUESTION);
const CONDITIONED_TASK = new RegExp(
  String.raw`^[\s*_>#"“(]*(?:if|given|when|let|where|for|suppose|assuming|in|with|after|on|at)\b[^?]*,\s(?:then |please |and )?(?:${TASK_VERB}\s|${QUESTION})`,
  'iu',
);

/** `We can find 12 of them` and `We can see that there are 12` are no plans. */
const MATHS =
  '(?:find|compute|calculate|determine|figure out|work out|solve|check|consider|look|start|begin|try|examine|analy[sz]e|use the|(?<=(?:need|want|have) to )(?:know|think|understand|see))(?! (?:that\\b|(?:exactly |only |all |a total of )?[$€£]?\\d))';
const OPERATION = '(?:add|subtract|multiply|divide|take away|square|double|halve)';
const WILL =
  "(?:(?:i|we|you)(?:['’]ll|['’]d| will| would| shall| should| must| can| could|(?: will| would)? (?:need|want|have) to|['’]m going to| am going to| are going to|['’]re going to|['’]d like to| would like to)|(?:our|the|my) (?:goal|task|aim|job|plan) is to|it remains to|all that(?:['’]s| is) left is to)";
const STEPS_ON = '(?:now |first |then |next |just |start by |begin by |also )*';
/** Ways of saying what is to be done. */
const PLANS = [
  form(String.raw`${WILL} ${STEPS_ON}${MATHS}(?![\p{L}])`),
  form(String.raw`${WILL} (?:now |first |then |next |start by |begin by )+${OPERATION}(?:ing)?(?![\p{L}])`),
  form(
    String.raw`to (?:solve|find|answer|determine|compute|calculate|figure|work)(?![\p{L}])[^,]{0,120},\s(?:${WILL}|i|we|you) ${STEPS_ON}(?:${MATHS}|${OPERATION})(?:ing)?(?![\p{L}])`,
  ),
  // `Let's say 7` and `Let us go with 7` decide.
  form(
    String.raw`let(?:['’]?s| us| me) (?!(?:now |just |then |first )?(?:say|go with|settle|choose|pick|answer|take|call|put)\b|(?:see|think),)[a-z]`,
  ),
];
const FIRST_OR_NEXT = [
  form(
    String.raw`(?:the |our )?(?:next|first|second|third|last|final|remaining|following) step (?:is|would be|will be) to\b`,
  ),
  form(
    String.raw`(?:let(?:['’]?s| us| me)|${WILL}) (?:now |then |next )*(?:proceed|continue|move on|go on|go to|move to|carry on)(?![\p{L}])(?![^.!?]{0,40}\b(?:problem|question|exercise)\b)`,
  ),
  new RegExp(
    String.raw`^[\s*_]*(?:(?:next|now|then|after that|afterwards|first|second(?:ly)?|firstly),?\s(?:you (?:should |must )?|we (?:should |must |need to |have to )?|i )?)?${OPERATION}\s`,
    'iu',
  ),
  form(
    String.raw`(?:this|that) (?:requires|needs|will (?:take|need|require)|takes) [^.?!]{0,20}\b(?:more|further|additional|other) steps\b`,
  ),
  /\b(?:ran|run|running) out of (?:space|room|tokens|time|characters)\b/i,
];

const PROBLEM = '(?:the|this|our) (?:problem|question|task|text|statement|exercise|puzzle|prompt)';
const GIVEN_LABEL = form(String.raw`given(?: (?:information|data|values?|numbers?))?[*_]{0,2}\s?:`);
const GIVEN = [
  form(String.raw`(?:(?:we|you)(?:['’]re| are| were)|it is|it['’]s) (?:also )?(?:given|told)(?! by)(?![\p{L}])`),
  form(
    String.raw`(?:the )?given (?:number|value|amount|quantity|data|information|side|length|digit|condition|constraint)s? (?:is|are|was|were)\b`,
  ),
  form(
    String.raw`let \$?\\?[a-z](?:_\{?\w\}?)?(?:\([a-z]\))?\$?\s?(?:be|=|denote|represent|stand|equal)(?![\p{L}])|let \$[^$\n]{1,60}\$`,
  ),
  form(String.raw`(?:let['’]s |let us )?(?:suppose|assume|imagine|consider)(?![\p{L}])`),
  form(
    String.raw`${PROBLEM} (?:asks?|mentions?|says?|states?|tells?|wants?|involves?|provides?|describes?|is (?:how|what|to|about|asking|whether|which))(?![\p{L}])`,
  ),
  form(
    String.raw`(?:we|i|let['’]s|let us) (?:start|begin)(?:ed)? (?:with|from|at)(?![\p{L}])|(?:start|begin) (?:with|from|at)\s`,
  ),
];

/** A calculation, up to its `=`, and a letter that stands for a number in one. */
const OPERATION_SIGN =
  /\d[^=]{0,60}?(?:[-+−–*/×·÷^x]|\b(?:times|plus|minus)\b|\\(?:times|cdot|div)\b)\s?[$€£([{]{0,3}\.?\d/i;
const VARIABLE = /(?<![A-Za-z\\'’])[b-wyzA-Z](?![A-Za-z'’])|\d[a-z](?![a-z\d])|(?<![A-Za-z])x(?!\s?[\d($])/;
const LONGEST_LEFT = 120;

/** Whether a sentence holds a calculation with numbers alone and its result. */
function calculates(sentence: string): boolean {
  for (const { index } of sentence.matchAll(/=(?=\s{0,2}[*_$\\({]{0,4}[-−]?[$€£]?\s?\.?\d)/g)) {
    const left = sentence.slice(Math.max(0, index - LONGEST_LEFT), index).replace(/^.*(?:=|[,;:]\s)/, '');
    if (OPERATION_SIGN.test(left) && !VARIABLE.test(left)) return true;
  }
  return false;
}

const COMES_TO =
  /\b(?:so(?! that\b)|leav(?:es|ing)|end(?:s|ing)? (?:up )?(?:with|at)|thus|hence|therefore|(?<!and )then|gives?|giving|yields?|means|implies|which (?:is|makes|equals|gives)|(?:to|and) (?:get|obtain|reach|give)|for a total of|(?:and|which) (?:it|that) is|(?:we|i|you|one) (?:(?:will|would|can) )?(?:get|find|obtain|see|conclude|have))\b[^?]*\d|\d(?:\s[a-z]+)?\s(?:remains?|(?:is|are) left)\b|[⇒→]|=>|\\Rightarrow|\\implies/iu;
/** A value behind a colon: `Let's calculate: 12.` */
const ENDS_IN_VALUE = /[:;]\s*[*_$]*(?:[a-z]\s?=\s?)?[-−]?[$€£]?\d[\d.,]*\s?(?:%|[a-z]{1,20})?[\s.!*_$]*$/i;
const CONDITION =
  /\b(?:such that|if|when|where|whenever|given|with|for|satisf\w+|guess|try|consider|suppose|assume|that|solve)\b[^=]*$/i;

/** `We can find the total as 12`: what is said of the value itself. */
const SAYS = /(?:\b(?:is|are|as|to be|equals?)|['’]s)\s(?:exactly |only |just |about )?[*_$€£]{0,4}[-−]?\d/i;
const IS_CONDITION = /\b(?:if|when|where|whenever|given|such that|suppose|assume|with|how (?:many|much))\b/i;

/** Whether a value or an equation of the sentence is none of its conditions. */
function hasResult(sentence: string): boolean {
  const said = SAYS.exec(sentence);
  if (said !== null && !IS_CONDITION.test(sentence.slice(0, said.index))) return true;
  const at = sentence.lastIndexOf('=');
  return at >= 0 && !CONDITION.test(sentence.slice(0, sentence.indexOf('='))) && /\d/.test(sentence.slice(at));
}

const comesTo = (sentence: string): boolean => COMES_TO.test(sentence) || calculates(sentence);

/**
 * A clause behind the first one that has a number of its own: `Let x = 5, total 7.`, `We are told he has 5 more, making 7.` It is the
 * result, unless it gives another name a value, as in `Let a = 3, b = 7.`
 */
const CLAUSE_WITH_VALUE =
  /(?:[,;:]\s(?!(?:i|we|you|think|let|please)\b)|\s(?:making|makes?|to get|get|gets|totals?|totalling|equals?)\s)(?!\s?(?:and )?\$?[a-z]\$?\s?=\s?\$?[-−]?[\d.]+\$?[\s.]*$)[^,;:]{0,60}\d[^,;:]{0,40}$/i;
const GIVES_A_VALUE = /(?<![A-Za-z\\])(?<name>[a-z])\$?\s?=\s?\$?[-−]?[\d.]+\$?[\s.]*$/i;
/** What only orders: `First, note that there are 7 days.` */
const ORDER = /^[\s*_]*(?:first|second|third|next|then|now|also|finally|ok(?:ay)?|well|so)(?:ly)?,\s/i;

/** Whether a sentence that opens as something else goes on to a result. */
function goesOn(sentence: string): boolean {
  const said = sentence.replace(ORDER, '');
  if (CLAUSE_WITH_VALUE.test(said)) return true;
  const given = GIVES_A_VALUE.exec(said);
  const name = given?.groups?.name;
  // A name that was spoken of before: `Let x be the price, 3x = 21, x = 7.`
  return name !== undefined && new RegExp(`(?<![A-Za-z])${name}(?![A-Za-z])`).test(said.slice(0, given?.index));
}

/** What a sentence is that answers nothing; undefined for any other. */
export function nonAnswer(sentence: string): NonAnswer | undefined {
  if (QUESTION_END.test(sentence)) {
    if (OFFERS_OR_CHECKS.test(sentence)) return 'beside';
    return [ASKS, ASKS_WITHIN, TASK, CONDITIONED_TASK].some((asks) => asks.test(sentence)) ? 'asks' : undefined;
  }
  if (comesTo(sentence)) return undefined;
  if (GIVEN_LABEL.test(sentence)) return 'asks';
  if (ENDS_IN_VALUE.test(sentence)) return undefined;
  if (!ASKED.test(sentence) && goesOn(sentence)) return undefined;
  if (GIVEN.some((given) => given.test(sentence))) return 'asks';
  if (OFFERS.test(sentence) || (NOTES.test(sentence) && !/=|\banswer\b/i.test(sentence))) return 'beside';
  if (hasResult(sentence)) return undefined;
  if (FIRST_OR_NEXT.some((next) => next.test(sentence))) return 'continues';
  if (PLANS.some((plan) => plan.test(sentence))) return 'asks';
  return TASK.test(sentence) || CONDITIONED_TASK.test(sentence) ? 'asks' : undefined;
}

const STATED = /\\f?boxed|#{4}|\banswers?\b[^?\n]*\d/i;
const VALUE_LINE =
  /^[\s*_$("'>]*(?:(?:it|that|this)(?:['’]s| is)\s)?[*_$]{0,3}[-−+]?[$€£]?\d[\d.,/:]*\s?%?(?:\s(?!(?:are|is|were|was|have|has|had|of)(?!\p{L}))\p{L}+){0,2}[\s*_$).!"']*$/iu;
const CONCLUSION =
  /^[\s*_(]*(?:and |but )?so(?! (?:far|that|many|much)\b)\b[^?]*\d|(?:^[\s*_(]*|[,;]\s)(?:and )?(?:thus|hence|therefore|consequently)\b[^?]*\d|\b(?:we|i) (?:get|find|obtain|conclude)\b[^?]*\d|[⇒∴]/iu;

/** Whether a sentence states an answer as such. */
export const statesAnswer = (sentence: string): boolean => STATED.test(sentence) && nonAnswer(sentence) === undefined;

/** Whether a sentence comes to a value, rather than telling a fact of a problem. */
export const concludes = (sentence: string): boolean =>
  /\d/.test(sentence) &&
  (STATED.test(sentence) || CONCLUSION.test(sentence) || calculates(sentence) || VALUE_LINE.test(sentence)) &&
  nonAnswer(sentence) === undefined;
