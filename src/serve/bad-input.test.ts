/** What a user can get wrong about a server, and servers that are not what they were: each is a named error. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalEngine } from '../engine/local/local-engine.js';
import { request, sequence } from '../engine/testing/bench.js';
import { openTinkerEngine } from '../engine/tinker/tinker-engine.js';
import { ConnectionError, InputError } from '../errors.js';
import { hasOpenssl, ownCertificate } from '../testing/own-certificate.js';
import { tokenIds } from '../text/tokens.js';
import { startServer } from './server.js';
import { testSettings } from './testing/server.js';
import { QUICK, servable, type TinyServer, tinkerSettings, tinyServer } from './testing/tiny-server.js';

let folder: string;
let server: TinyServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlt-serve-bad-input-'));
  server = await tinyServer();
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const LORA = { rank: 4, alpha: 8, targets: ['q_proj', 'v_proj'], seed: 3 } as const;

describe('a model', () => {
  it('that the server lacks is refused with those that it has, to open and to train', async () => {
    const engine = await server.engine({ probe: false });
    const other = { ...server.source('smollm2'), name: 'tiny/other' };
    for (const call of [engine.open(other), engine.train(other)]) {
      const error = await reasonOf(call);
      expect(error).toBeInstanceOf(InputError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/no model named tiny\/other.*It has tiny\/smollm2\./s),
      });
    }
    await engine.close();
  });

  it('whose tokenizer is another one here is refused', async () => {
    const engine = await server.engine({ probe: false });
    const source = server.source('smollm2');
    const tokenizer = join(folder, 'other-tokenizer');
    await cp(source.tokenizer, tokenizer, { recursive: true });
    await engine.train({ ...source, tokenizer }, { lora: LORA }).then((policy) => policy.close());
    const file = join(tokenizer, 'tokenizer.json');
    const { model, ...rest } = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...rest, model: { ...model, merges: model.merges.slice(0, 2) } }));
    const error = await reasonOf(engine.train({ ...source, tokenizer }, { lora: LORA }));
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/tokenizer of tiny\/smollm2 on the server is another one/),
    });
    await engine.close();
  });

  it('with a context too short for a prompt or a sequence says how long it is', async () => {
    const engine = await server.engine({ probe: false });
    const model = await engine.open(server.source('smollm2'));
    const long = tokenIds(Array.from({ length: model.facts.contextTokens + 1 }, (_, i) => i % 40));
    expect(await reasonOf(model.sample([request({ prompt: long })]))).toMatchObject({
      message: expect.stringMatching(/leaves no room in the context of \d+/),
    });
    expect(await reasonOf(model.logProbs([sequence({ ids: long, positions: [1], temperature: 1 })]))).toMatchObject({
      message: expect.stringMatching(/exceeds the context of \d+/),
    });
    await engine.close();
  });
});

it.skipIf(!hasOpenssl)('a certificate that is not accepted is said to be, with what to do', async () => {
  const secure = createServer(await ownCertificate(), (_, reply) => reply.end());
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  const { port } = secure.address() as AddressInfo;
  const began = Date.now();
  const error = await reasonOf(openTinkerEngine(tinkerSettings(`https://127.0.0.1:${port}`), QUICK));
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({
    message: expect.stringMatching(
      /its certificate is not accepted \(DEPTH_ZERO_SELF_SIGNED_CERT\).*NODE_EXTRA_CA_CERTS/s,
    ),
  });
  // It is not tried again: another attempt would end in the same way.
  expect(Date.now() - began).toBeLessThan(QUICK.handshakePatienceMs ?? 0);
  await new Promise((resolve) => secure.close(resolve));
});

it('a server that was restarted with other models ends the run with what to do', async () => {
  const directory = await servable(join(folder, 'restarted'), 'smollm2');
  const serve = async (name: string, port: number) =>
    startServer(
      testSettings(join(folder, 'restarted', 'kept'), {
        port,
        models: [{ name, source: { kind: 'directory', directory } }],
      }),
      await openLocalEngine({ threads: 1 }),
    );
  const first = await serve('tiny/one', 0);
  const port = Number(new URL(first.url).port);
  const engine = await openTinkerEngine(tinkerSettings(first.url, { probe: false }), QUICK);
  const policy = await engine.train({ kind: 'served', name: 'tiny/one', tokenizer: directory }, { lora: LORA });
  const before = await policy.logProbs([sequence({ temperature: 1 })]);
  expect(before).toHaveLength(1);
  await first.close();
  const second = await serve('tiny/two', port);
  const error = await reasonOf(policy.logProbs([sequence({ temperature: 1 })]));
  expect(error).toMatchObject({ message: expect.stringMatching(/tiny\/one, which this server no longer has/) });
  const again = await openTinkerEngine(tinkerSettings(second.url, { probe: false }), QUICK);
  expect(await reasonOf(again.open({ kind: 'served', name: 'tiny/one', tokenizer: directory }))).toMatchObject({
    message: expect.stringMatching(/no model named tiny\/one.*It has tiny\/two/s),
  });
  await again.close();
  await engine.close();
  await second.close();
});
