/** The words with which a reply states an option, up to its letter: `the answer is`, in many languages, and opinions such as `I would go with`. */

/** A search from every word of a long repetition takes as many steps as this has words, so it may not go on without end. */
const WORDS_BEFORE = 6;

/** "Answer" in the languages that models answer in, in front of the option. */
const ANSWER_WORDS = [
  String.raw`(?:(?:final|correct|right|best|most likely|my|the)\s+){0,${WORDS_BEFORE}}(?:answers?|options?|choices?|solution|ans\.?)(?:\s+(?:letter|choice|option|key))?(?![\p{Script=Latin}])`,
  String.raw`(?:correct|right|best)\s+one|(?:(?:my|our|the|final|top|clear)\s+){1,${WORDS_BEFORE}}(?:pick|vote|selection|winner|guess|verdict)|(?:correct|right|best)\s+letter|(?:correct|result|verdict|decision|response)(?=\s*:)|(?<=(?:^|[.!?\n>])[\s*_#]{0,6})final(?=\s*:)`,
  String.raw`(?:正确|最终)?(?:答案|选项|答え|解答|回答|答复|正解)|答(?=\s*[:：])|故选|应选|选择|选`,
  String.raw`(?:bonne\s+)?(?:réponse|option)(?:\s+(?:correcte|finale|exacte|juste))?`,
  String.raw`(?:(?:richtige|korrekte|endgültige)\s+)?(?:antwort|lösung)|richtig(?=\s+ist)`,
  String.raw`(?:respuesta|opción|opcion|alternativa|resposta|opção)(?:\s+(?:correct[ao]|corret[ao]|cert[ao]|final))?|(?:risposta|opzione|lettera)(?:\s+(?:corretta|giusta|esatta|finale))?`,
  String.raw`(?:(?:правильный|верный|окончательный)\s+)?(?:ответ|вариант)|(?:правильна\s+)?відповідь|(?:(?:правилният|верният)\s+)?отговор(?:ът)?`,
  String.raw`(?:juiste\s+)?antwoord|(?:prawidłowa\s+|poprawna\s+)?odpowiedź|(?:správná\s+)?odpověď|(?:doğru\s+)?(?:cevap|yanıt)|doğru\s+(?:seçenek|şık)`,
  String.raw`(?:(?:rätt|riktig|rigtige?|riktige|korrekt|det)\s+){0,${WORDS_BEFORE}}svar(?:et)?|(?:oikea\s+)?vastaus|(?:răspunsul|răspuns)(?:\s+corect)?|(?:helyes\s+)?válasz`,
  String.raw`(?:jawaban(?:nya)?|jawapan)(?:\s+(?:yang\s+)?(?:benar|betul))?|(?:đáp\s+án|câu\s+trả\s+lời)(?:\s+đúng)?|jibu|idahun|ìdáhùn|sagot`,
  String.raw`(?:η\s+)?(?:σωστή\s+)?απάντηση|(?:ה?תשובה)(?:\s+ה?(?:נכונה|סופית))?|คำตอบ(?:ที่ถูกต้อง|ที่ถูก)?|پاسخ(?:\s+(?:صحیح|نهایی))?`,
  String.raw`정답|답변|답|উত্তর|उत्तर|(?:ال)?(?:إجابة|جواب|اجابة)(?:\s+(?:النهائية|الصحيحة|النهائي|الصحيح))*`,
].join('|');
const IS = String.raw`[:：=ঃ]|[-–—→]>?|为|是|选择|选|应为|は|은|는|คือ|(?:is|are|was|would be|should be|must be|will be|est|ist|lautet|es|é|è|это|to|adalah|là|هي|هو|er|är|on|este|είναι|היא|je|е)(?![\p{L}])`;
const ADVERBS = `(?:for sure|surely|certainly|obviously|of course|actually|therefore|thus|hence|clearly|likely|probably|most likely|definitely|simply|indeed|then|still|also|given by|indicated by|represented by|donc|bien|also|somit|daher|entonces|por lo tanto|por tanto|portanto|quindi|dunque|dus)`;
/** Marks that may stand round the letter, and the word `option` before it. */
export const OPENING =
  String.raw`(?:\s|[*_:"'$({[<「【]|` +
  '`' +
  String.raw`|\\boxed\{|(?:the[^\S\n]+)?(?:first|second|third|fourth|fifth|last)[^\S\n]+(?:one|option|choice),(?=\s[*_(]*[A-H][*_)]*\s?(?:[.!]|$))|(?:(?:the|la|a)[^\S\n]+)?(?:(?:first|second|third|fourth|fifth|last)[^\S\n]+(?:(?:option|choice),(?=\s))?)?(?:option|choice|letter|answer|选项|opción|opção|opzione|alternativa|letra|lettera|lettre|buchstabe)(?=[\s*:(（]))*`;

/** What stands in brackets behind the name of an answer: `Answer (revised): C`, `Answer (A-D): C`. */
const NOTE = String.raw`(?:my )?(?:final|new|revised|corrected|updated|amended|edited|changed)(?: (?:answer|choice|version))?|second (?:try|attempt)|after (?:checking|review|reconsideration|reflection)|(?:one )?letter(?: only)?|A\s?[-–—]\s?[C-J]|A(?:[,/]\s?[B-J]){1,8}(?:,? or [C-J])?`;

/** A statement of the answer, up to the position of the letter. */
export const STATEMENT = new RegExp(
  String.raw`(?<![\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Arabic}])(?:${ANSWER_WORDS})(?:(?:\s+(?:to|for|of|here|in|that|which)\b[^.:\n]{0,60}?\s(?:${IS})|[\s*_]*(?:${IS})|\s\((?:${NOTE})\)[\s*_]{0,4}[:：])[\s*_]*(?:,?\s*${ADVERBS}\b,?)*(?:\s*(?:not|neither)\s+\(?[A-Z]\)?(?:(?:,|,?\s+n?or)\s+\(?[A-Z]\)?){0,4},?\s+but\s+(?:rather\s+)?)?)?${OPENING}`,
  'giu',
);
/** An opinion. What it is an opinion about follows. */
const CHOOSE = String.raw`(?:think|believe|guess|say|prefer|choose|choosing|conclude|answer|mark|pick|picking|select|selecting|vot(?:e|ing)\s+for|settl(?:e|ing)\s+(?:on|for)|stick(?:ing)?\s+with|lean(?:ing)?\s+towards?|go(?:ing)?\s+(?:with|for)|opt(?:ing)?\s+for)`;
const SURELY_CHOSEN =
  '(?:therefore|thus|hence|probably|definitely|most likely|confidently|safely|simply|just|still|then|now|finally|ultimately|personally)';
/** The text or the sentence ends behind a letter. */
const LETTER_ENDS = String.raw`(?=\s+[*_(]*[A-HJ-Z][*_)]*(?:\s*(?:[.!]|$|\n)|\s+(?:because|since|as)\b))`;
const PRECISELY = '(?:exactly|perfectly|precisely)';
/** Less formal ones, after which only an unmistakable letter counts: "I think it's (D)." */
export const OPINION = new RegExp(
  String.raw`(?:\b(?:${[
    String.raw`it(?:'|’)?s|it\s+(?:is|must\s+be|(?:has|would\s+have)\s+to\s+be|(?:most\s+likely|probably|clearly|definitely|surely|likely)\s+is|should\s+be|(?:can|could)\s+only\s+be)|that(?:'|’)s|must\s+be`,
    String.raw`(?:i|we)(?:'d|’d|'ll|’ll|'m|’m)?\s+(?:(?:would|will|am|should|must|can|have\s+to)\s+)?(?:${SURELY_CHOSEN}\s+)?${CHOOSE}(?:\s+that)?(?:\s+(?:it|the\s+answer)\s*(?:'s|’s|is))?`,
    String.raw`(?:i|we)(?:'ve|’ve|\s+have)\s+(?:chosen|selected|picked|(?:decided|settled)\s+(?:on|for))`,
    String.raw`(?:let(?:'|’)?s|let\s+us|(?<=(?:^|[.!\n])\s{0,3}))\s*(?:choose|pick|select|mark|go\s+for)${LETTER_ENDS}`,
    String.raw`go(?:ing)?\s+with|(?:leaves|leaving|left)(?:\s+(?:us|me))?(?:\s+with)?(?:\s+(?:only|just))?`,
    String.raw`(?:by|through|using)\s+(?:the\s+|a\s+)?(?:process\s+of\s+)?elimination\s*[,:]`,
    String.raw`(?:this|that|which|it|result|value|evidence|everything|data|analysis|all(?:\s+of\s+this)?)\s+(?:clearly\s+)?(?:corresponds?(?:\s+${PRECISELY})?\s+to|(?:match(?:es)?|fits?)(?:\s+${PRECISELY})?|agrees?(?:\s+${PRECISELY})?\s+with|points?\s+to)(?=\s+(?:(?:option|choice|answer)\s|[*_]*\([A-H]\)|[*_]*[A-H][*_]*\s*[.!]?\s*$))`,
    String.raw`(?:direi|scelgo|sceglierei|elijo|elegiría|escolho|je\s+choisis|ich\s+wähle)(?:\s+(?:la|el|a|die|den))?(?=\s+\(?[A-H]\)?(?:\s*[.!,]|\s*$|\s+(?:perché|porque|parce|weil|da|plutôt que|au lieu de|et non|en lugar de|en vez de|y no|statt|anstatt|und nicht|anziché|piuttosto che|invece di|e non|em vez de|ao invés de|e não)(?![\p{L}])))`,
    String.raw`(?:therefore|thus|hence|so|conclusion)(?:\s*[,:]|${LETTER_ENDS})|(?:donc|also|daher|quindi|allora|portanto|(?:por|entonces)(?:\s+(?:lo\s+)?tanto)?)(?:,?\s+(?:c['’]est|(?:es\s+)?ist(?:\s+es)?|es|è|é))?${LETTER_ENDS}`,
    String.raw`if\s+(?:(?:i|we)\s+(?:(?:really\s+)?(?:had|have|must|needed|were\s+forced)\s+(?:to\s+)?(?:guess|choose|pick|decide|say|answer|bet)(?:\s+(?:one|now|an?\s+(?:answer|option|letter)))?|was\s+forced\s+to\s+(?:guess|choose|pick))|forced(?:\s+to\s+(?:guess|choose|pick))?)[,:]${LETTER_ENDS}`,
  ].join('|')}))(?:\s+${ADVERBS}\b)*${OPENING}`,
  'giu',
);
/** An opinion that may be about an option: `I think (A) violates the first law.` */
export const OPINION_ON =
  /\b(?:think|believe|guess|say|conclude)(?:\s+that)?(?!\s+(?:it|the\s+answer))[\s*_("'$]*(?:(?:option|choice|answer)[\s*_("'$]*)?$/i;
export const SAYS_OF_IT =
  /^[)*_"'$]*\s+(?!(?:because|since|as|and not|rather|instead|not|here|for|based|given|due|over)\b)[a-z]/;
/** `It is (b) that fails.` */
export const GOES_ON = /^[)*_"'$]*\s+(?:(?:that|is|are|was|has|does|can|would|fails)\b|[a-z]{2,}s\s+[a-z])/;
/** In front of an opinion: it is denied, asked, or that of others. */
export const NOT_OWN_OPINION =
  /(?:\b(?:not|never|cannot)\b|n['’]t\b)(?:\s+(?:really|simply|just|ever|have|be|to)){0,2}\s+$|\b(?:should|shall|do|did|can|could|would|why|whether)\s+$|\b(?:wrong|hesitate|reluctant|mistake|unwise|tempt(?:ed|ing))\s+to\s+$|\b(?:nobody|students|people|others|many|some|they|you)\b(?:\s+(?!(?:and|so|but|that|which|then|it|this|of)\b)[a-z’']+){0,3}\s+$/i;
