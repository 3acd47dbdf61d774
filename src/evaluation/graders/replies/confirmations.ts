/**
 * A last sentence that only confirms the answer in front of it (`3 * 4 = 12. Yes.`), or only says of which kind it is (`The answer is 8. I
 * checked it, and the answer is correct.`). Linear in the length of the text.
 */

const MAX_LENGTH = 300;
const CONFIRMS = String.raw`(?:(?:yes|yep|yeah|yup|true|correct|right|indeed|exactly)\b|(?:it|that|this)(?:['’]s| is) (?:indeed )?(?:right|correct|true)\b)`;
const CONFIRMATION = new RegExp(
  String.raw`(?:[.!…][*_)$\]]{0,3}\s{1,3}|\n\s{0,3})[*_(]{0,3}${CONFIRMS}(?:[,.!]{1,3}\s{1,3}(?:${CONFIRMS}|(?:it|that) (?:is|does|works|checks out|matches|fits)\b)){0,2}[\s.!*_)✓]{0,6}$`,
  'iu',
);
const CONFIRMING = new RegExp(String.raw`\b(?:${CONFIRMS}|no|false)\b`, 'i');

/** What is said of an answer that has been given, which may be the answer to another question. */
const PROPERTY = String.raw`(?:(?:correct|right|verified|confirmed|reasonable|plausible|sensible|valid|unique|consistent|accurate|positive|negative|even|odd|prime|simplified|reduced|an? (?:(?:positive|negative|even|odd|prime|whole|natural|real|perfect|single)\s)?(?:number|integer|fraction|square)|in (?:its )?(?:simplest|lowest) (?:form|terms))(?: (?:as|since|because|and) [^.!?\n\d=]{2,80})?|richtig|korrekt|eindeutig|correcte|juste|correcta|corretta|giusta|correta|certa)`;
const NAMED =
  '(?:(?:the|my|our|this|that) (?:(?:final|resulting) )?(?:answer|result|solution) (?:is|was|must be|should be|has to be|seems|looks)|(?:die|meine) antwort ist|la r[ée]ponse est|la respuesta es|la risposta [èe]|a resposta est[áa])(?: (?:indeed|also|thus|therefore|clearly|really|in fact|donc|bien|auch|also))?';
const REMARK = new RegExp(
  String.raw`(?:[.!…][*_)$\]]{0,3}\s{1,3}|\n\s{0,3}|\s(?=\())[*_(]{0,3}(?<before>[^.!?\n\d=()]{0,80}?)(?<![a-z])${NAMED} ${PROPERTY}[\s.!*_)✓]{0,6}$`,
  'i',
);
const NAMES_PROPERTY = new RegExp(String.raw`^\W*${PROPERTY}\W*$`, 'i');
const DOUBTS =
  /\b(?:doubt|sure|unsure|certain|if|whether|hope|wonder|unless|not|no|never|hardly|only|where|when)\b|n['’]t\b/i;
const MOST_REMARKS = 3;

/** A reply without the sentences at its end that only say of which kind the answer in front of them is. */
function withoutRemarks(reply: string, reference: string): string {
  if (!/\b(?:answer|result|solution|antwort|r[ée]ponse|respuesta|risposta|resposta)\b/i.test(reply.slice(-MAX_LENGTH)))
    return reply;
  let text = reply;
  for (let left = MOST_REMARKS; left > 0; left--) {
    const from = Math.max(0, text.length - MAX_LENGTH);
    const found = REMARK.exec(text.slice(from));
    if (found === null || DOUBTS.test(found.groups?.before ?? '') || NAMES_PROPERTY.test(reference)) return text;
    const before = text.slice(0, from + found.index + 1).trimEnd();
    if (!/\d/.test(before)) return text;
    text = before;
  }
  return text;
}

/** A reply to a question for something else than yes or no, or the kind of an answer, without last sentences that only confirm it. */
export function withoutConfirmation(given: string, reference: string): string {
  const reply = withoutRemarks(given, reference);
  const from = Math.max(0, reply.length - MAX_LENGTH);
  const found = CONFIRMATION.exec(reply.slice(from));
  if (found === null || CONFIRMING.test(reference)) return reply;
  // The full stop stays. `1. Yes` is an item of a list.
  const before = reply.slice(0, from + found.index + 1).trimEnd();
  return /[\p{L}\p{N}]/u.test(before) && !/(?:^|\n)\s{0,3}\(?\w[.)]$/.test(before) ? before : reply;
}
