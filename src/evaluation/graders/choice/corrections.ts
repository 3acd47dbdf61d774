/** Letters that take the place of one that was given before. Linear in the length of the text. */
import { BUT, NOT, RETRACTION } from '../replies/retraction-words.js';
import { type Found, inFront, letterAt } from './option-letters.js';
import { OPENING } from './statement-words.js';

const MARKED = String.raw`(?:option\s+)?[*_("'$]*[A-Z][*_)"'$]*`;
const ENDS_WORD = String.raw`(?![\p{L}'’])`;
/** Where a clause begins. */
const BORDER = String.raw`(?<=(?:^|[.;:!?…–—-]|\n|,)\s{0,3}|\s(?:pero|mais|aber|ma|mas|but)\s)`;
/** Words in front of another answer at the beginning of a clause, beside those that values of all kinds have. */
const MORE_RETRACTION = [
  'warte(?: mal)?|tatsächlich|in wirklichkeit|entschuldigung|(?:moment|halt|stopp?|korrektur|fehler|irrtum|erreur|errore?|erro)(?=\\s?[,:.!…–—])',
  'attendez|un (?:moment|instant)|en (?:réalité|fait)|désolée?|pardon',
  'espere|un momento|en realidad|de hecho|perdona|lo siento|corrección|rectifico',
  'aspetti|un attimo|in realtà|scusate?|mi correggo|correzione',
  'espera aí|um momento|na (?:verdade|realidade)|desculpe?a?|correção|corrigindo',
].join('|');
/** The writer takes the blame for what stands before. */
const BLAME = [
  `i(?: was|['’]m| am) (?:wrong|mistaken)|i (?:made|see) (?:a|my|an) (?:mistake|error)|i (?:misread|misunderstood|miscounted)`,
  `je me suis tromp[ée]e?|je me trompe|j['’]ai (?:fait (?:une )?erreur|mal (?:lu|compris))`,
  'me (?:he )?equivo(?:qué|cado)|me confundí|cometí un error',
  '(?:ich habe|da habe ich|hab) mich (?:geirrt|vertan|verlesen|verrechnet|getäuscht)|ich (?:lag|liege) falsch',
  'mi sono sbagliat[oa]|mi sbaglio|ho sbagliato|ho (?:commesso|fatto) un errore',
  '(?:eu )?me (?:enganei|equivoquei|confundi)|enganei-me|(?:eu )?errei|cometi um erro',
].join('|');
/** What stands before is called wrong, which may be another option than the answer where no other answer follows. */
const CALLED_WRONG = [
  `c['’](?:est|était) (?:faux|incorrect|une erreur)|ce n['’]est pas (?:ça|juste|exact|correct)`,
  '(?:eso |esto )?(?:está mal|es incorrecto)|(?:eso|esto) no es correcto',
  'das (?:stimmt (?:so )?nicht|(?:ist|war) (?:falsch|nicht (?:richtig|korrekt)|ein fehler))',
  '(?:questo |ciò )(?:è sbagliato|non è (?:corretto|giusto))|isso (?:está errado|não está (?:certo|correto))',
].join('|');
/** What such a sentence goes on with: `me equivoqué al leer la pregunta`. */
const GOES_ON = String.raw`(?:\s(?!(?:not?|non?|pas|nicht|não|nunca|ni)${ENDS_WORD})\p{Ll}[\p{Ll}'’]{1,20}){0,6}`;
const IT_IS = `(?:(?:it|that|the answer)(?:['’]s| is| must be| should be)|c['’]est|ce (?:doit être|serait)|(?:la )?réponse est|es(?: ist)?|debe ser|sería|ist es|das ist|è|dev['’]essere|deve essere|é|deve ser)`;
const JOINT = String.raw`(?:(?:and|et|und|y|e|so|donc|also|then|sondern|mais|pero|mas|ma)\s)?`;
const IS = '(?:es|est|is|ist|è|é)';
const ARTICLE = String.raw`(?:(?:la|el|il|le|die)\s+)?`;
/** As the words above, in Chinese. */
const CHINESE_RETRACTION = String.raw`不对|等等|等一下|(?<=[。！!,，;；\n]\s?)(?:不(?=[,，。!！])|抱歉|对不起|更正|我?[弄搞算看想]?错了|其实|实际上)`;

/** `Wait, actually C`, `not B but C`, `instead of B, C`, `Non, je me suis trompé, c'est C`. */
const CORRECTION = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}'’])(?:(?:${NOT}|neither)\s+(?:${IS}\s+)?(?:(?:ni|né|nem)\s+)?${ARTICLE}${MARKED}(?:(?:,|,?\s+(?:n?or|ni|né|nem))\s+${MARKED}){0,4},?\s+(?:${BUT})(?:\s+(?:sim|bien|plutôt|más bien))?(?:\s+(?:la|el|il|le|die)(?=\s+[*_(]*[A-H]))?|(?:instead of|rather than)\s+${MARKED},?)\s+${OPENING}`,
    String.raw`(?<![\p{L}\p{N}'’])(?:(?:${RETRACTION}|${BORDER}(?:${MORE_RETRACTION})|(?:(?<!(?<!\p{L})(?:not?|non|não|nicht|if|unless|whether|that|si|se|wenn|falls|que|che|dass)\s)(?:(?<blame>${BLAME})|${CALLED_WRONG})${GOES_ON}(?=\s?[,:;.!…–—]|\s${JOINT}${IT_IS}\s|\s?$)))${ENDS_WORD}[\s,:;.!…–—-]{0,6})+${JOINT}(?:${IT_IS}\s+)?${OPENING}`,
    String.raw`不是\s*${MARKED}\s*(?:[,，]\s*)?(?:而)?是\s*|(?:(?:${CHINESE_RETRACTION})[\s,，。:：!！]*)+(?:(?:正确)?答案)?应?该?[是选为]?\s*`,
  ].join('|'),
  'giu',
);
/** Nothing but the end of the sentence or a reason may follow a corrected letter: `No, A: ...` goes on to weigh options. */
const ENDS = new RegExp(
  String.raw`^${MARKED}((?:\s*[,/、或和]\s*|,?\s+(?:or|and)\s+)${MARKED})?(?:[\]}>」】]*\s*[.!。]*\s*(?:$|\n)|[.!]+\s|。|\s*[,;–—-]*\s*(?:because|since|as|and not|not|rather than|instead of|parce que|puisque|car|porque|ya que|pues|weil|denn|perché|poiché|pois|já que|no|nicht|pas|et non|y no|e non|e não|und nicht)(?!\p{L})|\s*[,，]?\s*因为|\)\s[^A-Z\n?]{1,40}$)`,
  'u',
);
/** In front of a correction, in its sentence: it is that of somebody else (`Algunos dicen: no, es C.`). */
const OTHERS_SAY =
  /(?<!\p{L})(?:(?:some|many|most|others|people|they|students|you)\s(?:\p{L}+\s)?(?:say|think|claim)|says|thinks|dicen?|dijo|dijeron|piensan?|dit|disent|pense(?:nt)?|sagt|sagen|meint|meinen|dicono|pensano?|diz|dizem|pensam)(?!\p{L})[^.!?\n]*$|(?:有人|他们?|她们?|别人|[一-龥]{1,3}同学)(?:说|认为|觉得)[^。.!?\n]*$/iu;
const OWN = /(?<!\p{L})(?:i|we|my|je|j|nous|yo|ich|wir|io|ho|eu)(?!\p{L})[^.!?\n]*$/iu;

interface Correction {
  readonly found: Found | 'unclear';
  readonly position: number;
  readonly marker: string;
  readonly before: string;
}

/** The letters that take the place of others. */
export function* corrections(text: string): Generator<Correction> {
  for (const match of text.matchAll(CORRECTION)) {
    const position = match.index + match[0].length;
    const near = inFront(text, match.index, 80);
    const before = near.slice(-6);
    // `The answer is B. Wait, I was wrong.`
    const isTakenBack = match.groups?.blame !== undefined && /(?:^|[.!?…\n])\s*$/.test(before);
    if (isTakenBack && /^[\s.!…]*$/.test(text.slice(position, position + 60)))
      yield { found: 'unclear', position, marker: match[0], before };
    const ended = ENDS.exec(text.slice(position, position + 60));
    if (ended === null || (OTHERS_SAY.test(near) && !OWN.test(near))) continue;
    const found = ended[1] === undefined ? letterAt(text, position, false) : 'unclear';
    if (found === undefined || (found !== 'unclear' && found.letter === 'I')) continue;
    yield { found, position, marker: match[0], before };
  }
}
