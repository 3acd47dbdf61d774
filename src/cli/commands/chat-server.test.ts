/** `rlt chat MODEL --port`: what clients of OpenAI's chat completions get. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../pipeline/testing/rlt.js';
import { endlessModel, QUESTION } from '../testing/endless-model.js';
import { runCommandLine } from '../testing/run-command.js';

interface Server {
  readonly url: string;
  readonly stop: () => Promise<{ readonly code: number; readonly stderr: string }>;
}

async function served(...argv: readonly string[]): Promise<Server> {
  const stop = new AbortController();
  let ended: ReturnType<typeof runCommandLine> | undefined;
  const url = await new Promise<string>((resolve, reject) => {
    ended = runCommandLine(['chat', '--port', '0', '--threads', '1', ...argv], {
      signal: stop.signal,
      onStdout: (text) => resolve(text.split(' ')[0] ?? ''),
    });
    ended.then(({ stderr }) => reject(new Error(stderr)), reject);
  });
  const end = async () => {
    stop.abort();
    if (ended === undefined) throw new Error('the server never began');
    return ended;
  };
  onTestFinished(() => void end());
  return { url, stop: end };
}

const asks = (question: string, more: object = {}) => ({ messages: [{ role: 'user', content: question }], ...more });

const post = (url: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function answerTo(url: string, body: object) {
  const response = await post(url, body);
  expect(response.status).toBe(200);
  return (await response.json()) as {
    readonly model: string;
    readonly choices: readonly [
      {
        readonly message: { readonly role: string; readonly content: string; readonly reasoning_content?: string };
        readonly finish_reason: string;
      },
    ];
    readonly usage: Readonly<Record<string, number>>;
  };
}

interface Delta {
  readonly content?: string;
  readonly reasoning_content?: string;
}

/** What the pieces of a stream put together say. */
async function streamed(url: string, body: object) {
  const response = await post(url, { ...body, stream: true, stream_options: { include_usage: true } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const events = (await response.text()).split('\n\n').filter((event) => event !== '');
  expect(events.at(-1)).toBe('data: [DONE]');
  const pieces = events.slice(0, -1).map((event) => JSON.parse(event.replace(/^data: /, '')));
  const deltas: Delta[] = pieces.flatMap(({ choices }) => choices.map(({ delta }: { readonly delta: Delta }) => delta));
  const joined = (field: keyof Delta) => deltas.map((delta) => delta[field] ?? '').join('');
  return {
    content: joined('content'),
    reasoning_content: joined('reasoning_content'),
    finish_reason: pieces.at(-2).choices[0].finish_reason,
    usage: pieces.at(-1).usage,
  };
}

test('a student answers with its thought apart, at once or in pieces, and says the same', async () => {
  const { url, stop } = await served('builtin:base', '--seed', '5');
  const asked = asks(QUESTION, { model: 'base', temperature: 0 });
  const { choices, usage, model } = await answerTo(url, asked);
  const [{ message, finish_reason }] = choices;
  expect([model, message.role, finish_reason]).toEqual(['base', 'assistant', 'stop']);
  expect(message.content).toMatch(/\d/);
  expect(message.reasoning_content).toMatch(/\d/);
  expect(`${message.content}${message.reasoning_content}`).not.toMatch(/<\||^\s|\s$/);
  expect(usage.total_tokens).toBe((usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0));
  const { role, ...texts } = message;
  expect(await streamed(url, asked)).toEqual({ ...texts, finish_reason, usage });
  expect(await (await fetch(`${url}/models`)).json()).toMatchObject({ data: [{ id: 'base', object: 'model' }] });
  expect(await stop()).toMatchObject({ code: 0 });
});

test('settings of a request take the place of the options; a seed gives one answer', async () => {
  const { url } = await served('builtin:base');
  const warm = asks(QUESTION, { temperature: 2, seed: 7 });
  const [first, second, other] = [
    await answerTo(url, warm),
    await answerTo(url, warm),
    await answerTo(url, { ...warm, seed: 8 }),
  ];
  expect(second.choices).toEqual(first.choices);
  expect(other.choices).not.toEqual(first.choices);
  const cut = await answerTo(url, asks(QUESTION, { max_completion_tokens: 3, user: 'me' }));
  expect(cut.choices[0].message.content).toBe('');
  expect(cut.choices[0].finish_reason).toBe('length');
  expect(cut.usage.completion_tokens).toBe(3);
});

test('white space around a question changes nothing, and control tokens of a reply are no text', async () => {
  const { url } = await served('builtin:base');
  const hot = { temperature: 4, max_tokens: 200, seed: 3 };
  const [bare, padded] = [await answerTo(url, asks(QUESTION, hot)), await answerTo(url, asks(`\n ${QUESTION} `, hot))];
  expect(padded.choices).toEqual(bare.choices);
  for (let seed = 0; seed < 12; seed++) {
    const { choices } = await answerTo(url, asks(QUESTION, { ...hot, seed }));
    expect(JSON.stringify(choices)).not.toMatch(/<\|/);
  }
});

test('a conversation goes through the chat template of a model that was not trained here', async () => {
  const { url } = await served('builtin:base', '--format', 'plain', '--max-tokens', '4');
  const turns = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: QUESTION }] },
    { role: 'assistant', content: '8' },
    { role: 'user', content: 'And with 4 more?' },
  ];
  const [one, all] = [await answerTo(url, asks('And with 4 more?')), await answerTo(url, { messages: turns })];
  expect(all.usage.prompt_tokens).toBeGreaterThan((one.usage.prompt_tokens ?? 0) + 10);
  expect(all.choices[0].message.reasoning_content).toBeUndefined();
});

test('what cannot be done is refused, with the field', async () => {
  const { url } = await served('builtin:base');
  const refusal = async (body: object, path = '/chat/completions') => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { error } = (await response.json()) as {
      readonly error: { readonly message: string; readonly param: string };
    };
    return `${response.status} ${error.param}: ${error.message}`;
  };
  expect(await refusal({})).toBe('400 messages: messages is missing');
  expect(await refusal({ messages: [] })).toBe('400 messages: messages has no message');
  expect(await refusal(asks(QUESTION, { temperature: 'hot' }))).toMatch(/temperature must be a number from 0 to 10$/);
  expect(await refusal({ messages: [{ role: 'assistant', content: '8' }] })).toMatch(/not one of the user/);
  expect(await refusal(asks(QUESTION, { n: 2 }))).toMatch(/^400 n: .*one answer/);
  expect(await refusal(asks(QUESTION, { tools: [{}] }))).toMatch(/^400 tools: tools is not offered/);
  expect(await refusal(asks(QUESTION, { stop: ['.'] }))).toMatch(/^400 stop: /);
  expect(await refusal(asks(QUESTION, { best_of: 2 }))).toMatch(
    /^400 best_of: best_of is no field that this server knows/,
  );
  expect(await refusal(asks(QUESTION, { model: 'gpt' }))).toMatch(/^404 model: .*no model "gpt"; it has "base"/);
  expect(await refusal(asks(' '))).toMatch(/^400 messages: the question is blank/);
  expect(await refusal(asks(QUESTION, { temperature: 11 }))).toMatch(/^400 temperature: /);
  expect(await refusal(asks('a'.repeat(900_000)))).toMatch(
    /^400 messages: .*has more than 1024 tokens, and the model reads 512/,
  );
  expect(await refusal(asks('a'.repeat(2_000_000)))).toMatch(/^413 /);
  expect(await refusal(asks('Tom has 2 shells. '.repeat(300)))).toMatch(/^400 messages: .*the model reads 512/);
  const before = [{ role: 'system', content: 'Be brief.' }, ...asks(QUESTION).messages];
  expect(await refusal({ messages: before })).toMatch(/^400 messages: .*takes no system message.*\. Send one message/);
  expect(await refusal(asks(QUESTION), '/completions')).toMatch(/^404 .*does not offer POST \/v1\/completions/);
  expect(await refusal(asks(QUESTION, { tools: [], logprobs: false, presence_penalty: 0, max_tokens: 0 }))).toMatch(
    /^400 max_tokens: /,
  );
  const page = await post(url, asks(QUESTION), { origin: 'http://elsewhere.example' });
  expect(page.status).toBe(403);
});

test('stopping the server ends the replies that are on their way', async () => {
  const { url, stop } = await served(await endlessModel());
  // The likeliest tokens of this model go round in circles.
  const last = post(url, asks(QUESTION, { temperature: 0, stream: true }));
  const reader = (await last).body?.getReader();
  await reader?.read();
  expect((await stop()).code).toBe(0);
  await expect(
    (async () => {
      while ((await reader?.read())?.done === false);
    })(),
  ).rejects.toThrow();
});

test('with a token, nobody is answered without it', async () => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, 'tml-0123456789abcdef0123\n');
  const { url } = await served('builtin:base', '--token-file', file, '--max-tokens', '2');
  expect((await post(url, asks(QUESTION))).status).toBe(401);
  const response = await post(url, asks(QUESTION), { authorization: 'Bearer tml-0123456789abcdef0123' });
  expect(response.status).toBe(200);
});

test.each([
  [['--teacher', '--port', '0'], /a teacher explains solutions.*\n.*rlt generate --teacher/],
  [['--token-file', 'token'], /are for answers over HTTP\n {2}Add --port/],
  [['--port', '0', '--host', '0.0.0.0'], /can be reached from other machines/],
])('refuses %j', async (argv, message) => {
  const { code, stderr } = await runCommandLine(['chat', 'builtin:base', '--threads', '1', ...argv]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});
