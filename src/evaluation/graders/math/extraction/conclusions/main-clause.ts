/**
 * The value that the main clause of a last sentence states, where others stand behind it in phrases that only say more about it: `He has
 * $10 left out of $50.`, `The perimeter is 36 for a rectangle with sides 8 and 10.`, `It takes 2 more years until he is 30.` It is the
 * object of the clause's verb; what follows it begins with a preposition, a subordinating conjunction or a bracket. A clause behind it
 * that concludes something of its own (`, so 6 of them are left`) leaves the sentence to other rules. Linear in the length of the text.
 */
import { sentencesOf } from '../../../replies/sentences.js';
import { type Passage, valuesIn } from '../values/prose.js';

const LONGEST = 250;

/** Verbs of results. Those of steps (`subtract 4 from 12`) and of beginnings (`starts with 12`) are not among them. */
const VERB = [
  '(?:is|are|was|were|be|been|equals?)(?: (?:equal to|worth|about|currently|now))?',
  '(?:has|have|had|needs?|needed|requires?|required|costs?|takes?|took|lasts?|owes?|owed|weighs?|weighed|contains?|holds?|held)',
  '(?:pays?|paid|spends?|spent|earns?|earned|makes?|made|gets?|got|receives?|received|saves?|saved|charges?|charged|raised?|raises)',
  '(?:sells?|sold|buys?|bought|uses?|used|eats?|ate|reads?|bakes?|baked|paints?|painted|plants?|planted|picks?|picked|collects?|collected)',
  '(?:drives?|drove|travels?|travelled|traveled|walks?|walked|runs?|ran|rides?|rode|works?|worked|scores?|scored|wins?|won|loses?|lost)',
  '(?:gives?|gave|leaves?|sees?|saw|finds?|found|produces?|produced|grows?|grew|drinks?|drank|catches|caught|writes?|wrote|answers?|answered)',
  '(?:serves?|served|fills?|filled|covers?|covered|burns?|burned|consumes?|consumed|delivers?|delivered|donates?|donated|gains?|gained)',
  // Any verb behind these, but for steps of a calculation.
  '(?:will|can|must|should|could|needs? to|has to|have to|had to|able to) (?:need to |have to |be able to |still |only )*(?!add|subtract|multiply|divide|round|start|begin|not\\b|be\\b)[a-z]+',
].join('|');
const MEASURE = '(?:(?:speed|rate|cost|price|total|sum|profit|age|length|distance|average|area|value) of (?:about )?)';
const ADVERBS =
  '(?:(?:about|approximately|around|exactly|only|just|still|now|also|another|over|in total|a total of|an average of|a profit of|up to|all|the|back|out|in|for|up|off|away|(?:his|her|their|the) [a-z]+|him|her|them|it|himself|herself|each(?: of them)?)\\s+)*';
/** What stands in front of the object of a verb. */
const OBJECT = new RegExp(
  String.raw`\b(?:${VERB}|(?:at|with|have|has|is) (?:an?|the) (?:[a-z]+ )?${MEASURE})\s*${ADVERBS}[$€£]?$`,
  'i',
);

/** The subject, where the verb has no object: `250 milliliters of juice remain in the bottle.` */
const LEADS = /^(?:(?:so|thus|hence|therefore|then|finally|now|and),?\s+)?(?:only\s|about\s|exactly\s)?[$€£]?$/i;
const WITHOUT_OBJECT =
  /^(?:\s(?:of|the|\p{L}+)){0,4}?\s(?:remains?|remained|(?:is|are|was|were|will be) (?:left|remaining|still|needed|required|\p{L}+ed|sold|made|given|spent|paid|lost|eaten|taken|built|sent))\b/iu;
/** What begins a phrase or a clause that says more about what stands before it. */
const SAYS_MORE =
  /\b(?:of|for|in|at|from|with|without|after|before|by|per|than|to|on|within|during|until|till|since|because|as|while|whereas|when|once|if|though|although|between|among|including|excluding|instead|despite|compared|given|assuming|having|below|above|under|attained|which occurs)\b|[(（]/i;
/** What begins a statement of its own, whose value may be the answer. */
const STATES =
  /[;:=≈→⇒]|\b(?:so|thus|hence|therefore|then|but|making|giving|bringing|leaving|resulting|totall?ing|meaning|remainder|altogether|overall|that is|i\.e|respectively|or|plus|minus|times|divided|multiplied|remains?|left|for a total of)\b|,\s*(?:both|all|a total of|he|she|it|they|there|this|that)\b|,\s*and\b/i;
/** `, which is equal to 250 grams` */
const OWN_CLAUSE = /,\s*which (?:is|are|was|were|makes?|gives?|leaves?|means?|equals?|comes?|adds?|brings?)\b/i;
const COMPARED =
  /^(?:\s[a-z]+)?\s(?:more|less|fewer|older|younger|taller|shorter|longer|heavier|bigger|smaller|faster|slower|higher|lower) than\b/i;
/** A rate, which is not a total of the time behind it. */
const RATE = /\b(?:each|every|per|an?) (?:second|minute|hour|day|week|month|year|time|person|box|trip)\b/i;
const IN_ALL = /^(?:\s+[a-z]+){0,2}?,?\s+(?:in total|in all|altogether|overall)\b/i;
/** The same in another measure: `$230, or about 23% of the revenue`. */
const ABOUT = /^(?:\s[a-z]+){0,2},?\s(?:or|that is|i\.e\.,?)\s(?:about|approximately|around|roughly)\s*$/i;
/** A second subject with its verb: `and he has 7`. */
const GOES_ON = new RegExp(
  String.raw`\band\s+(?:\p{L}+\s+){1,3}?(?:${VERB})\b|\band\s+(?!(?:the|an?|his|her|their|its|all|about|only|another|over|for|of|in|at|with|to|from|by|then)\b)[a-z]+\s+[$€£]?$`,
  'iu',
);
/** What only says which is meant: `the work that has 12 parts`. */
const RELATIVE = /\b(?:who|which|that)\s+[a-z]+\s+(?:[a-z]+\s+){0,2}[$€£]?$/i;
/** Another verb, whose time it may be: `12 books to read in 3 days`, `12 men who did it in 8 days`. */
const OTHER_VERB = /\b(?:to|who|which|that)\s+[a-z]+/i;
/** A number behind these in front of the clause's own verb is not what it states. */
const VAGUE =
  /n['’]t\b|\b(?:not|never|no|if|unless|either|neither|suppose|imagine|would have|could have|should have|says?|said|thinks?|thought|guess(?:es|ed)?|claims?|tempted)\b/i;
/** An equation or formula is read by other rules. */
const FORMULA = /[=\\^×÷√<>≤≥]|\d\s*[-+*/]\s*\d|\$[^\d\s]/;
/** A price behind what it is paid for may be the answer as well: `He buys 3 apples for $6.` */
const PRICE = /\b(?:for|at)\s+(?:only |just |about |a total of )?[$€£]$|\bfor\s+(?:only |just |about |a total of )?$/i;
/** So may be a time behind what is done in it: `He reads 12 books in 4 days.` */
const STATIVE =
  /\b(?:is|are|was|were|be|has|have|had|needs?|costs?|takes?|took|made|makes?|earns?|earned|pays?|paid|spends?|spent)\b/i;
const TIME = /^\s*(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b/i;
/** A conclusion from what stands before it in the sentence. */
const CONCLUDES = /(?<=[,;:]\s*(?:and\s)?)(?:so|thus|hence|therefore|then|meaning|which means)\b/gi;
/** A reason in front of a main clause: `Since 13 buses leave 15 pupils behind, the school must hire 14 buses.` */
const REASONED = /^\W*(?:since|because|as|given that)\s.*,\s(?=(?:the|he|she|it|they|we|you|\p{Lu}\p{L}+)\s[^,]*$)/iu;
/** What is counted in front of the verb is given: `The 5 workers will finish in`, `With 3 bags, she gets`. */
const GIVEN =
  /^(?:(?:so|thus|hence|therefore|then|finally),?\s)?(?:(?:(?:each|all|both)\s(?:of\s)?)?(?:the|these|those|his|her|their|all)\s\d+(?:\s[a-z]+)+\s[$€£]?|with\s(?:the\s|these\s|all\s)?\d+\s[a-z]+,\s[^\d,]*)$/i;
const BRACKETS = /\s*\([^()]{1,120}\)/g;

const isMoney = (text: string, { start, inner }: Passage): boolean =>
  /^[$€£]/.test(inner) || /[$€£]$/.test(text.slice(0, start)) || /\b(?:dollars?|cents?|euros?|pounds?)\b/i.test(inner);

/** Whether a value behind the object only says more about it. */
function saysMore(sentence: string, object: Passage, value: Passage): boolean {
  const between = sentence
    .slice(object.end, value.start)
    .replace(WITHOUT_OBJECT, '')
    .replace(IN_ALL, '')
    .replace(/\([^()\d]*\)/g, '');
  if (ABOUT.test(between)) return true;
  // `40 years old, 10 years older than his wife`, `14, which makes her 4 years older than her brother`
  if (/^[^,]{0,20},\s(?:which makes (?:him|her|it|them)\s)?$/.test(between) && COMPARED.test(sentence.slice(value.end)))
    return true;
  if (OWN_CLAUSE.test(between)) return false;
  const begins = SAYS_MORE.exec(between);
  if (begins !== null && /[(（]/.test(begins[0]) && !/[)）=]/.test(between.slice(begins.index))) return true;
  if (
    begins === null ||
    STATES.test(between.slice(begins.index).replace(/\bleft (?=(?:for|in|on|at|after|from)\b)/i, '')) ||
    GOES_ON.test(between) ||
    /,\s*(?:just |more than )?enough\b/i.test(between)
  )
    return false;
  const before = between.slice(0, begins.index);
  if (/[;:]|,\s*(?:and|but|so)\b|\b(?:and|or|but|so)\b/.test(before)) return false;
  const verb = sentence.slice(Math.max(0, object.start - 40), object.start);
  const intro = between + (/^[$€£]/.exec(value.inner)?.[0] ?? '');
  if (
    isMoney(sentence, value) &&
    !isMoney(sentence, object) &&
    PRICE.test(intro) &&
    !/\ban? [a-z]+|\bper\b|\beach\b|\bapiece\b|\bto\b/.test(sentence.slice(value.end))
  )
    return false;
  const isSpan =
    /\bin\s+(?:the |about |only |just )*$/i.test(between) &&
    TIME.test(sentence.slice(value.start).replace(/^[\d.,]+/, ''));
  return (
    !isSpan || isMoney(sentence, object) || RATE.test(between) || (STATIVE.test(verb) && !OTHER_VERB.test(between))
  );
}

/** The value of the main clause of the last sentence that holds one; undefined where the sentence leaves several readings. */
export function valueOfMainClause(text: string): string | undefined {
  const tail = text.slice(-2 * LONGEST);
  const sentences = sentencesOf(tail, { beforeCapital: true });
  const at = sentences.findLastIndex((sentence) => /\d/.test(sentence));
  const said = sentences[at]?.trim() ?? '';
  const concluded = [...said.matchAll(CONCLUDES)].at(-1)?.index ?? REASONED.exec(said)?.[0].length ?? 0;
  const whole = said.slice(concluded);
  if (said.length > LONGEST || (at === 0 && text.length > tail.length)) return undefined;
  const values = valuesIn(whole);
  // `There are 5 cats, so they need 8 cans.`
  const isConclusion = whole !== said && values.length === 1;
  if (values.length < 2 && !isConclusion) return undefined;
  const object = values.find(({ start, end, inner }) => {
    const sign = /^[$€£]/.exec(inner)?.[0] ?? '';
    return (
      OBJECT.test(whole.slice(0, start) + sign) ||
      (LEADS.test(whole.slice(0, start)) && WITHOUT_OBJECT.test(whole.slice(end)))
    );
  });
  if (object === undefined) return undefined;
  const before = whole.slice(0, object.start);
  const behind = values.filter(({ start }) => start > object.start);
  if (behind.length === 0 && !isConclusion && !GIVEN.test(before)) return undefined;
  const bare = whole.replace(BRACKETS, '');
  if (FORMULA.test(bare.replace(/\$\s*(?=\d)/g, '')) || VAGUE.test(before) || RELATIVE.test(before)) return undefined;
  return behind.every((value) => saysMore(whole, object, value)) ? object.inner : undefined;
}
