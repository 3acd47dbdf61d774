import { describe, expect, it } from 'vitest';
import { readKey } from './credentials.js';
import { readReply } from './http.js';

const KEY = 'tml-TOP/SECRET"KEY123';

async function bodyOf(status: number, type: string, body: string): Promise<string> {
  const bytes = [new TextEncoder().encode(body)];
  const reply = await readReply({ status, type, retryAfter: undefined }, bytes, 'http://server');
  return JSON.stringify(reply.body);
}

describe('a key that a server repeats stands in nothing that is quoted', () => {
  const source = { apiKeyVariable: 'A_KEY', apiKeyFile: null };

  it.each([
    [401, 'application/json', JSON.stringify({ error: `bad key ${KEY}` })],
    [
      403,
      'application/json',
      JSON.stringify({ [KEY]: { error: { message: [`bad key ${KEY}`] } } }).replaceAll('/', '\\/'),
    ],
    [500, 'application/json', `{"error": "boom Bearer ${KEY}`],
    [502, 'text/html', `<h1>Bearer ${KEY}</h1>`],
    [200, 'text/plain', `authorization: ${KEY}`],
  ])('status %d, %s', async (status, type, body) => {
    expect(await readKey(source, { A_KEY: ` ${KEY}\n` })).toBe(KEY);
    const read = await bodyOf(status, type, body);
    expect(read).not.toContain('SECRET');
    expect(read).toContain('***');
  });

  it('what a model answers is left as it is, and a placeholder is no secret', async () => {
    await readKey(source, { A_KEY: KEY });
    await readKey(source, { A_KEY: 'EMPTY' });
    expect(await bodyOf(200, 'application/json', '{"text": "tml-TOP/SECRET"}')).toContain('SECRET');
    expect(await bodyOf(404, 'text/plain', 'EMPTY')).toContain('EMPTY');
  });
});
