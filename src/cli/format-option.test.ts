import { expect, test } from 'vitest';
import { runCommandLine } from './testing/run-command.js';

test('every command that takes --format describes it in the same words', async () => {
  const told: Record<string, string> = {};
  for (const command of ['chat', 'generate', 'score', 'evaluate']) {
    const { stdout } = await runCommandLine([command, '--help']);
    told[command] = /--format <name> (.*?\))\s+--/.exec(stdout.replaceAll(/\s+/g, ' '))?.[1]?.trim() ?? '';
  }
  const asked = 'how a model is asked: paper, released, think (in these tags)';
  const plain = 'plain (through its chat template alone)';
  expect(told).toEqual({
    chat: `${asked}, ${plain} (default: as it was trained, else plain, and a teacher paper)`,
    generate: `${asked}, ${plain} (default: as it was trained, else plain, and a teacher paper)`,
    score: `${asked} (default: as the models were trained, else paper)`,
    evaluate:
      `how a model is asked: paper, think (in these tags), ${plain}, format (as it was trained), ` +
      'benchmark (as the benchmark asks) (default: as the benchmark asks, or the recipe says)',
  });
});

test('another format is refused before anything is read', async () => {
  for (const argv of [
    ['chat', 'nowhere', '--format', 'papr'],
    ['generate', 'nowhere', '--in', 'a', '--out', 'b', '--teacher', '--format', 'papr'],
    ['score', '--format', 'papr'],
    ['evaluate', '--model', 'nowhere', '--format', 'papr'],
  ])
    expect(await runCommandLine(argv)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^usage: --format must be one of .*, not "papr"\n {2}Did you mean "paper"\?\n$/),
    });
});
