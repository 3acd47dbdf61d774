/** How two evaluations asked, and in what they differ: then a difference of their figures is not of the models alone. */
import type { AskedSettings } from '../answers/asked.js';
import type { PromptStyle } from '../answers/prompt.js';
import type { AnswerSampling } from '../answers/solve.js';

/** A setting in which two evaluations differ. */
export interface DifferingSetting {
  readonly setting: string;
  readonly a: string;
  readonly b: string;
}

type Named = Readonly<Record<'setting' | 'value', string>>;

const SAMPLING: readonly (readonly [setting: string, name: keyof AnswerSampling])[] = [
  ['temperature', 'temperature'],
  ['top-p', 'topP'],
  ['top-k', 'topK'],
  ['min-p', 'minP'],
  ['most tokens of an answer', 'maxTokens'],
];

/** `"{question}", system message "Think."`, or `tags of paper`: in quotes, since prompts are sentences themselves. */
function promptText(style: PromptStyle): string {
  const system = style.system === null ? '' : `, system message "${style.system}"`;
  return style.kind === 'plain' ? `"${style.template}"${system}` : `tags of ${style.format.name}${system}`;
}

/** The ways in which an evaluation asked; undefined where one of them is not known. */
function promptOf({ prompts, levels, own }: AskedSettings): string | undefined {
  const styles = levels.map((level) => prompts[level] ?? own);
  const texts = styles.flatMap((style) => (style === undefined ? [] : [promptText(style)]));
  return texts.length < styles.length ? undefined : [...new Set(texts)].sort().join('; ');
}

const named = (asked: AskedSettings, samples: number): readonly Named[] => {
  const prompt = promptOf(asked);
  return [
    { setting: 'samples per problem', value: String(samples) },
    ...SAMPLING.flatMap(([setting, name]) => {
      // Results of another version may lack one.
      const value = asked.sampling[name] as number | undefined;
      return value === undefined ? [] : [{ setting, value: String(value) }];
    }),
    ...(prompt === undefined ? [] : [{ setting: 'prompt', value: prompt }]),
  ];
};

/** The settings that both evaluations are known to have had, and otherwise. Seeds differ without making a difference. */
export function differingSettings(
  [a, b]: readonly [AskedSettings | undefined, AskedSettings | undefined],
  samples: readonly [number, number],
): readonly DifferingSetting[] {
  if (a === undefined || b === undefined) {
    const [ofA, ofB] = samples.map(String) as [string, string];
    return ofA === ofB ? [] : [{ setting: 'samples per problem', a: ofA, b: ofB }];
  }
  const others = new Map(named(b, samples[1]).map(({ setting, value }) => [setting, value]));
  return named(a, samples[0]).flatMap(({ setting, value }) => {
    const other = others.get(setting);
    return other === undefined || other === value ? [] : [{ setting, a: value, b: other }];
  });
}
