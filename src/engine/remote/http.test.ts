import { expect, test } from 'vitest';
import { MOST_NEWS_BYTES, readReply } from './http.js';

test('a reply without end is read up to a bound, and told of with where it comes from', async () => {
  let sent = 0;
  async function* endless() {
    for (;;) {
      sent += 2 ** 20;
      yield new Uint8Array(2 ** 20);
    }
  }
  const head = { status: 200, type: 'application/json', retryAfter: undefined };
  await expect(
    readReply(head, endless(), 'http://user:secret@host:8000/v1/models?key=k', MOST_NEWS_BYTES),
  ).rejects.toThrow(`the server at host:8000 answers /v1/models with more than ${MOST_NEWS_BYTES} bytes`);
  expect(sent).toBeLessThan(2 * MOST_NEWS_BYTES);
});
