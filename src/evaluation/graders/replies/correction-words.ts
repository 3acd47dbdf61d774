/**
 * Words with which replies in German, French, Spanish, Italian, Portuguese and Chinese correct themselves, with accents or without: that
 * they notice something, that they erred, and that another value takes the place of the first. Only what the writer says of what stands
 * before counts, in the first person or without a subject: `Der Verkäufer hat sich verrechnet` tells a story. Each is a pattern without
 * borders; its letters are Latin ones, since classes of Unicode are slow to compile.
 */

const anyOf = (...phrases: readonly string[]): string => `(?:${phrases.join('|')})`;

/** `Moment`, `attendez`, `等等`: the writer notices something. */
export const NOTICES = anyOf(
  '(?:einen |kleinen )?moment(?: mal)?|halt(?: stopp)?|stopp|warte(?:t|n sie)?(?: mal)?|augenblick|ups|hoppla|nein|sorry|entschuldigung|quatsch|unsinn',
  'attende[zs]|attends|un (?:instant|moment)|oups|non|pardon|d[ée]sol[ée]e?|excusez[- ]moi',
  'espera|espere[ns]?|(?:un )?momento|perd[óo]n|disculpa|lo siento|no|uy',
  'aspett(?:a|i|ate)|un (?:attimo|momento)|scus(?:a|i|ate)|ops',
  'um momento|calma|n[ãa]o|desculpe?a?|perd[ãa]o',
  'wait|oops',
);
/** In front of such words, or in their place, but of no weight of their own: `Ach nein`, `Mais non` */
export const SIGHS = '(?:ach|oh|ah|hm+|aber|doch|mais|pero|ma|mas|but|actually|o|e|y|et|und)';
export const NOTICES_IN_CHINESE = '(?:等等|等一下|等下|且慢|慢着|哦|啊|不对|不|抱歉|对不起|但是|但)';

const LITTLE = '(?: (?:da|hier|oben|leider|wohl|aber|doch|ja|gar|so|noch|ganz|eben|vorhin|beim [a-zß-ɏ]+)){0,2}';
const GERMAN = anyOf(
  `(?:das|dies|es|(?:die|meine) antwort|(?:das|mein) ergebnis) (?:stimmt${LITTLE} nicht(?: ganz)?|(?:ist|war)${LITTLE} (?:falsch|verkehrt|(?:nicht|auch nicht) (?:ganz )?(?:richtig|korrekt)|ein(?:e)? (?:[a-zß-ɏ]*fehler|irrtum|versehen)|quatsch|unsinn)|kann${LITTLE} nicht (?:stimmen|sein|richtig sein))`,
  'stimmt nicht',
  `(?:(?:da|hier|nun|jetzt|und) )?(?:ich hab(?:e)?|hab(?:e)? ich)(?: mich)?${LITTLE} (?:verrechnet|vertan|geirrt|verz[äa]hlt|verlesen|vertippt|falsch (?:gerechnet|gez[äa]hlt|addiert|gelesen)|ein(?:en)? [a-zß-ɏ]*fehler(?: gemacht| begangen)?)`,
  `(?:mir ist|(?:da|hier) ist(?: mir)?)${LITTLE} ein [a-zß-ɏ]*fehler(?: unterlaufen| passiert)?`,
  'ich (?:lag|liege) falsch|mein fehler|(?:ein )?(?:rechen|denk|z[äa]hl|tipp)fehler|verrechnet|vertan',
);
const FRENCH = anyOf(
  "je me suis (?:un peu )?tromp[ée]e?|j['’]ai (?:fait|commis) une (?:petite )?(?:erreur|faute)(?: de [a-zß-ɏ]+)?|j['’]ai mal (?:calcul[ée]|compt[ée]|lu|additionn[ée])",
  "(?:c['’](?:est|[ée]tait)|cela est|ce r[ée]sultat est) (?:faux|incorrect|inexact|erron[ée]|une erreur)|ce n['’](?:est|[ée]tait) pas (?:correct|juste|exact|[çc]a|bon|la bonne r[ée]ponse)",
  '(?:il y a|je vois) une erreur|(?:petite )?erreur(?: de (?:calcul|compte|signe|frappe)|(?=\\s?[.!]))|mon erreur|au(?:tant| temps) pour moi',
);
const SPANISH = anyOf(
  'me equivoqu[ée]|me he equivocado|me confund[ií]|(?:comet[ií]|he cometido|hice) un (?:peque[ñn]o )?error|(?:calcul|cont|sum|rest)[ée] mal|calcul[ée] incorrectamente',
  '(?:(?:eso|esto|esa respuesta|la respuesta) )?(?:es|est[áa]|era) (?:incorrect[oa]|mal|equivocad[oa]|err[óo]ne[oa]|fals[oa])|(?:eso|esto|esa respuesta)? ?no (?:es|est[áa]) (?:correct[oa]|ciert[oa]|bien|as[ií])',
  'hay un error|mi error|error(?: de (?:c[áa]lculo|cuenta|conteo|suma|signo)|(?=\\s?[.!]))',
);
const ITALIAN = anyOf(
  'ho sbagliato|mi sono sbagliat[oa]|mi sono confus[oa]|ho (?:fatto|commesso) un (?:piccolo )?errore|ho (?:calcolato|contato) male',
  "(?:(?:questo|ci[òo]|la risposta) )?(?:[èe]|e['’]) (?:sbagliat[oa]|errat[oa]|fals[oa])|non (?:[èe]|e['’]) (?:corrett[oa]|giust[oa]|esatt[oa])",
  "c['’][èe] un errore|(?:mio )?errore(?: di (?:calcolo|conto|segno)|(?=\\s?[.!]))",
);
const PORTUGUESE = anyOf(
  '(?:eu )?errei|enganei-me|(?:eu )?me enganei|equivoquei-me|(?:eu )?me equivoquei|(?:eu )?cometi um (?:erro|engano)|(?:eu )?(?:calculei|contei|somei) (?:mal|errado)',
  '(?:(?:isso|isto|essa resposta|a resposta) )?(?:est[áa]|[ée]) (?:errad[oa]|incorret[oa]|fals[oa])|(?:isso |isto )?n[ãa]o (?:[ée]|est[áa]) (?:corret[oa]|cert[oa])',
  'h[áa] um erro|(?:meu )?erro(?: de (?:c[áa]lculo|conta|soma|sinal)|(?=\\s?[.!]))',
);
export const ERRS_IN_CHINESE = anyOf(
  '(?:刚才|前面|上面|这里|这)?我?(?:刚才|前面|上面|这里)?(?:算|数|想|写|弄|搞|看|做|计算|加|减)?错了',
  '(?:这|那|这个|上面的?)?(?:答案|结果)?是?(?:不对|不正确|错误的|错的|有误)',
  '我?(?:刚才|这里)?(?:犯|出)了(?:一)?个?(?:小)?(?:计算)?错误?|(?:计算|这是个)错误|我(?:刚才)?(?:忘记|忘|漏)了?[^，。,.!！\\n=]{0,20}',
);
/** What is still to be done, or was left out: behind a word of noticing this takes back as well. */
export const LEFT_OUT = String.raw`(?:${anyOf(
  String.raw`ich (?:muss|m[üu]sste|sollte|habe?)(?: (?:ja|noch|doch|auch))?(?=[^.!?;:\n=]{0,80} (?:vergessen|[üu]bersehen|weggelassen|[a-zß-ɏ]*(?:addieren|z[äa]hlen|ziehen|rechnen|teilen|nehmen|multiplizieren|subtrahieren|dividieren))(?![a-zß-ɏ]))`,
  "(?:je dois|il faut|j['’]ai (?:oubli[ée]|omis)|il manque)(?![a-zß-ɏ])",
  '(?:debo|tengo que|hay que|falta|falt[óo]|me falt[óo]|(?:me )?olvid[ée]|he olvidado)(?![a-zß-ɏ])',
  '(?:devo|bisogna|manca|ho dimenticato|(?:eu )?(?:preciso|tenho (?:que|de)|esqueci|me esqueci)|falta)(?![a-zß-ɏ])',
)}(?! (?:[a-zß-ɏ]{1,4} )?(?:v[ée]rifi|comprobar|revisar|controll|conferir|check))[^.!?;:\n=]{1,100}?)`;
/** `Wait no, I forgot to subtract 1`: the plain forms in English are known to those who read values. */
export const ERRS_IN_ENGLISH =
  "(?:wait,? no|no,? wait),? (?:(?:but|because) )?(?:i|we)(?:['’]ve| have|['’]m| am)? (?:still |also |just )?(?:need|have|had|must|should|ought|forgot(?:ten)?|missed|overlooked|left out|counted|didn['’]t)(?! (?:to )?(?:re-?)?(?:check|verify|confirm|make sure|be sure))[^.!?;:\\n=]{0,100}?";

/** That what stands before is wrong. */
export const ERRS = anyOf(GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE);

/** The writer's own error, whatever stands before. */
export const FIRST_PERSON =
  /(?<![a-zß-ɏ])(?:ich|mich|mir|mein|je|j['’]ai|moi|me|comet[ií]|hice|[a-z]+[ée] mal|mi|ho|errei|enganei-me|equivoquei-me|cometi|i|we)(?![a-zß-ɏ])|我/iu;

/** `Falsch!`, `¡Incorrecto!`: alone these judge what others said as well, so that they have to be called out. */
export const CALLED_OUT = '(?:falsch|verkehrt|faux|incorrecto|sbagliato|errado|incorreto)(?=\\s?!)';

/** Where it happened: `Me equivoqué al sumar` */
export const WHERE =
  '(?: (?:au|aux|en|al|a la|nel|nella|na|no|ao|dans|à la|bei|beim|im|in der|mit|avec|con|com) [^.!?,;:\\n\\d=]{1,40})?';
/** Why, up to the end of the clause; what calculates is no reason but a result. */
export const REASON =
  '(?:,? (?:weil|denn|da|car|parce que?|puisque|porque|ya que|pues|perch[ée]|poich[ée]|pois|because|since|as)(?![a-zß-ɏ])[^.!?;:\\n=]{1,200}?(?=[.!?;:\\n]|,\\s(?:also|donc|as[ií] que|entonces|quindi|portanto|ent[ãa]o|so)(?![a-zß-ɏ])|$)|[，,]?因为[^。！!；;\\n=]{1,80}?(?=[。！!；;\\n]|[，,]所以|$))?';

/** In front of the value that takes the place of the first: `eigentlich`, `en fait`, `mejor dicho` */
export const INSTEAD = anyOf(
  'eigentlich|tats[äa]chlich|vielmehr|(?:genauer|besser|richtiger) gesagt|sondern|richtig|korrekt|korrektur|ich korrigiere(?: mich)?',
  '(?:ou )?plut[ôo]t|en fait|en r[ée]alit[ée]|ou mieux|correction|je (?:me )?corrige',
  '(?:o )?mejor dicho|en realidad|de hecho|m[áa]s bien|correcci[óo]n|(?:me )?corrijo|sino',
  '(?:o )?anzi|in realt[àa]|piuttosto|o meglio|di fatto|correzione|(?:mi )?correggo',
  'ali[áa]s|na (?:verdade|realidade)|ou melhor|melhor dizendo|de fato|corre[çc][ãa]o|(?:me )?corrijo|corrigindo',
);
export const INSTEAD_IN_CHINESE = '(?:应该是|应该为|应该有|应当是|应为|而是|其实是|实际上是|正确答案是|更正)';

/** `es sind`, `c'est`, `la respuesta correcta es`, in front of a value */
const RIGHT_NAMED =
  "(?:(?:die|das|der|la|le|el|il|a|o|the|l['’]) ?)?(?:(?:richtige[sr]?|korrekte[sr]?|neue[sr]?|bonne|correct|right|actual|new) )?(?:antwort|ergebnis|l[öo]sung|summe|gesamtzahl|r[ée]ponse|r[ée]sultat|total|somme|respuesta|resultado|suma|risposta|risultato|totale|somma|resposta|soma|answer|result|count|number|value|sum)(?: (?:correcta?|correcte|corretta|corretto|exacte|juste|giusta|final))?";
export const IS = anyOf(
  `${RIGHT_NAMED} (?:ist|lautet|betr[äa]gt|w[äa]re|est|es|[èée]|era|is|equals)`,
  '(?:es )?(?:sind|ist|w[äa]ren|bleiben|gibt|m[üu]ssen)(?: es)?(?: (?:also|nur|genau|dann))?',
  "c['’](?:est|[ée]tait)|ce sont|cela fait|[çc]a fait|il (?:y en a|y a|en reste|reste)|on (?:obtient|a|trouve)|la (?:bonne )?r[ée]ponse est",
  'es|son|ser[íi]an?|debe(?:r[íi]an?)? ser|deben ser|quedan?|hay|da|tenemos',
  '[èe]|sono|sarebbero|deve essere|devono essere|ci sono|restano|rimangono|fa',
  '[ée]|s[ãa]o|deve ser|devem ser|h[áa]|restam|sobram',
);

/** As above in English, whose own words of noticing are known to those who read values. */
export const IS_IN_ENGLISH =
  "(?:it|that|this)(?:['’]s| is| makes| leaves| gives)|there (?:are|is)|[a-z] (?:equals|is)|(?:she|he|they|we|i) (?:has|have|get|gets)";

/** `Tom hat`, which gives a result only behind words that an error was made. */
export const HAS =
  '(?:(?:der|die|das|le|la|el|il|o|a|the) )?(?:[a-zß-ɏ]{2,15}) (?:hat|haben|ont|a|tiene|tienen|ha|hanno|tem|t[êe]m|has|have)(?: (?:noch|encore|todav[íi]a|ancora|ainda|still|also|nun))?';

/** Forms of the above that tell of something else as easily: `En realidad hay 3 maneras.` */
export const EXISTS = /(?<![a-zß-ɏ])(?:gibt|il y a|hay|ci sono|h[áa])(?![a-zß-ɏ])/iu;

/** Behind the value of a statement. */
export const IN_ALL =
  '(?:insgesamt|[üu]brig|zusammen|(?:au|en|in|no) total[e]?|in all|altogether|left|en tout|in tutto|ao todo)';

/** Words in front of a conclusion. */
export const CONCLUDING =
  '(?:also|somit|daher|dann|folglich|donc|alors|ainsi|as[ií] que|entonces|por (?:lo )?tanto|por eso|quindi|dunque|ent[ãa]o|portanto|logo|so|hence|thus|therefore|then|in total|insgesamt|au total|en total|in totale|no total)(?![a-zß-ɏ])';

/** Sentences whose value is not the writer's answer: those of others, suppositions, first thoughts and denials. */
export const NOT_OWN = new RegExp(
  [
    '(?<![a-zß-ɏ])(?:manche|einige|viele|jemand|andere|man (?:k[öo]nnte|w[üu]rde|denkt|meint)|k[öo]nnte|w[äa]re|sagt|sagen|behaupte[tn]?|meint|meinen|denken|glauben|zuerst|zun[äa]chst|anfangs|erst|vorher)(?![a-zß-ɏ])',
    "(?<![a-zß-ɏ])(?:une? (?:[a-zß-ɏ]+ )?[ée]l[èe]ves?|un(?:a|o)? alumn[oa]|certains|beaucoup|plusieurs|quelqu['’]un|on (?:pourrait|peut|dirait)|d['’]autres|dit|disent|pensent|croient|pr[ée]tend(?:ent)?|d['’]abord)(?![a-zß-ɏ])",
    "(?<![a-zß-ɏ])(?:algunos|muchos|alguien|otros|podr[íi]an?|dicen?|piensan|creen|primero|al principio|alcuni|molti|qualcuno|altri|potrebbe|dicono|pensano|all['’]inizio|alguns|muitos|algu[ée]m|outros|poderia|diz|dizem|pensam|primeiro|no in[íi]cio)(?![a-zß-ɏ])",
    '(?<![a-zß-ɏ])(?:some|someone|many|people|others|says?|said|thinks?|claims?|might|could|would|suppose|first)(?![a-zß-ɏ])',
    String.raw`^\W*(?:wenn|falls|angenommen|si|supposons|supongamos|supponiamo|suponha|if)(?![a-zß-ɏ])`,
    "(?<![a-zß-ɏ])(?:nicht|kein[a-zß-ɏ]{0,2}|n['’]est pas|non|n[ãa]o|not|never)(?![a-zß-ɏ])|n['’]t(?![a-zß-ɏ])",
    '有人|有些人|很多人|别人|他说|她说|书上|如果|假设|若|可能|一开始|起初|最初|不是|(?<!我)说|[<>≤≥≠]',
  ].join('|'),
  'iu',
);

/** That the answer before is right after all. */
export const STANDS =
  /(?<![a-zß-ɏ])(?:stimmt(?! (?:[a-zß-ɏ]+ ){0,2}nicht)|doch richtig|(?:ist|war) (?:doch |also )?richtig|bleibt|c['’][ée]tait (?:bien )?(?:correct|juste)|est (?:bien )?(?:correcte?|juste)|(?:es|era|est[áa]) (?:s[íi] )?(?:correct[oa]|bien)|(?:[èe]|era) (?:corrett[oa]|giust[oa])|(?:est[áa]|[ée]|estava) (?:corret[oa]|cert[oa])|(?:is|was) (?:right|correct))(?![a-zß-ɏ])|没错|是对的|是正确的/iu;
