/** Forms that are easier to rewrite on text than on tokens. */

/** `]0, 1[` as `(0, 1)`: an open end with its bracket turned outwards. */
function withoutTurnedBrackets(text: string): string {
  if (text.length > 200 || !(/^[^[(]*\]/.test(text) || /\[[^\])]*$/.test(text))) return text;
  return text.replace(
    /([[\]])([^[\](){}]{1,60}[,;][^[\](){}]{1,60})([[\]])/g,
    (_, open: string, inner: string, close: string) =>
      `${open === '[' ? '[' : '('}${inner.replace(';', ',')}${close === ']' ? ']' : ')'}`,
  );
}

/** Forms of plain text as LaTeX has them: `<1, 2>`, `{x : x > 0}`, `dy/dx`, `US$5`, `³√8`. */
function withoutPlainForms(text: string): string {
  if (!/[<{³#]|US|EUR|GBP|\/d|[！-～∶]|matrix|%(?:pi|e|i)(?![A-Za-z])/.test(text)) return text;
  return (
    text
      // Constants, matrices and "not equal" as Maxima writes them.
      .replace(/(?<![\d)\s])%(pi|e|i)(?![A-Za-z])|^%(pi|e|i)(?![A-Za-z])/g, '$1$2')
      .replace(/(?<![A-Za-z])matrix\s*\(((?:\s*\[[^[\]]{1,200}\]\s*,?){1,20})\)/g, '[$1]')
      .replace(/(?<=[A-Za-z])\s?#\s?(?=[-\dA-Za-z])/g, '!=')
      // Full-width forms, and the sign of a ratio.
      .replace(/[！-～]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0))
      .replace(/∶/g, ':')
      .replace(/^\s*<([^<>=]{1,200},[^<>=]{1,200})>\s*$/, '⟨$1⟩')
      .replace(/(?<![\^_A-Za-z])\{(\s*[A-Za-z]\s*(?:(?:∈|in )[^{}|:]{1,20})?[:|∣][^{}]*)\}/g, '\\{$1\\}')
      .replace(/(?<![A-Za-z])d([a-z])\/d([a-z])(?![A-Za-z])/g, '\\frac{d$1}{d$2}')
      .replace(/(?<![A-Za-z])(?:US\s?\$|USD\s?)(?=\d)/g, '$')
      .replace(/(?<![A-Za-z])EUR\s?(?=\d)/g, '€')
      .replace(/(?<![A-Za-z])GBP\s?(?=\d)/g, '£')
      .replace(/³√/g, '∛')
  );
}

/** Cases written as an array behind a brace. */
function withoutArrayCases(text: string): string {
  if (!text.includes('{array}') || !/\\right\s*\./.test(text)) return text;
  return text
    .replace(/(?:\\left\s*)?\\\{\s*\\begin\s*\{array\}\s*\{[^{}]{0,20}\}/g, '\\begin{cases}')
    .replace(/\\end\s*\{array\}\s*\\right\s*\./g, '\\end{cases}');
}

const PRIME = String.raw`(?:\^\s*(?:\{\s*\\prime\s*\}|\\prime)|['′’])`;
const SECOND = String.raw`(?:\^\s*\{\s*\\prime\s*\\prime\s*\}|''|["″])`;
const MINUTES = new RegExp(
  String.raw`(\d+)\s*(?:\^\s*(?:\{\s*\\circ\s*\}|\\circ)|°)\s*(\d{1,2}(?:\.\d+)?)\s*${PRIME}(?!\s*['\\^])(?:\s*(\d{1,2}(?:\.\d+)?)\s*${SECOND})?`,
  'g',
);

/** Minutes and seconds of arc as fractions of a degree: `7° 30'` as `(7+30/60)°`. */
function withMinutes(text: string): string {
  if (!/[°]|\\circ/.test(text)) return text;
  return text.replace(
    MINUTES,
    (_, degrees: string, minutes: string, seconds = '0') => `(${degrees}+${minutes}/60+${seconds}/3600)°`,
  );
}

const EQUATION = String.raw`[A-Za-z]\w{0,3}\s*=\s*[^\s=,;<>]+`;
const EQUATIONS = new RegExp(String.raw`^\s*${EQUATION}(?:\s+${EQUATION})+\s*$`);

/** Equations with nothing but white space between them as a list: `a=1 b=2`, or one a line. */
function withSeparators(text: string): string {
  if (!text.includes('=') || text.length > 400) return text;
  const lines = text.trim().split(/\s*\n\s*/);
  if (lines.length > 1 && lines.every((line) => /^[^=]{1,40}=[^=]+$/.test(line) && !line.includes('\\\\')))
    return lines.join(', ');
  return EQUATIONS.test(text) ? text.trim().replace(/\s+(?=[A-Za-z]\w{0,3}\s*=)/g, ', ') : text;
}

const MONEY: Readonly<Record<string, string>> = { pounds: '£', sterling: '£', euro: '€', cent: '¢', yen: '¥' };

/** The text in one form: without spacing commands, and with the usual separators inside numbers. */
export function withoutSpacing(text: string): string {
  const closed = text.includes('[') || text.includes(']') ? withoutTurnedBrackets(text) : text;
  const plain = closed.includes('\\') ? withoutArrayCases(closed) : withoutPlainForms(closed);
  const separated = withMinutes(withSeparators(plain));
  if (!/[\\{]/.test(separated)) return separated;
  return (
    separated
      .replace(/\\(?:left|right)\s*\./g, ' ')
      .replace(/(?<=\d)\{,\}(?=\d{1,2}(?!\d)|\d{4})|(?<=(?<![\d.,])0)\{,\}(?=\d)/g, '.')
      .replace(/\{,\}/g, ',')
      .replace(/,\\!\s*(?=\d{3})/g, ',')
      .replace(/(\d)\s*\\[,;: ]\s*(?=\d{3}(?!\d))/g, '$1 ')
      .replace(/\\\\|\\[!>:;,]|\\(?=\s)/g, (match) => (match === '\\\\' ? match : ' '))
      .replace(/\\(?:therefore|because)(?![a-z])/g, ' ')
      // Millionths of a unit.
      .replace(/\\mu\s?\\(text|mathrm)\s?\{\s?(?=[A-Za-z]{1,3}\s?\})/g, '\\$1{μ')
      .replace(
        /\\(?:text)?(pounds|sterling|euro|cent|yen)(?![A-Za-z])(?:\{\})?/g,
        (match, name: string) => MONEY[name] ?? match,
      )
      .replace(/\\[hv]space\*?\{[^{}]{0,40}\}/g, ' ')
  );
}
