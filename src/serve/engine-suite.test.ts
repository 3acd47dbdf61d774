/** What every engine must do, on the Tinker engine with a server of ours, over real sockets. */
import { afterAll } from 'vitest';
import { engineSuite } from '../engine/testing/engine-suite.js';
import { tinyServer } from './testing/tiny-server.js';

const server = await tinyServer();
const small = await tinyServer({ local: { activationBytes: 1 } });
afterAll(async () => {
  await server.close();
  await small.close();
});

engineSuite('the Tinker engine', {
  open: () => server.engine(),
  openInSmallBatches: () => small.engine(),
  source: server.source,
});
