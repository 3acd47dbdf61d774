import { goldenSource } from '../../testing/goldens.js';
import { engineSuite } from '../testing/engine-suite.js';
import { openLocalEngine } from './local-engine.js';

const local = (threads: number) => ({
  open: () => openLocalEngine({ threads }),
  openInSmallBatches: () => openLocalEngine({ threads, activationBytes: 1 }),
  source: goldenSource,
});

engineSuite('the local engine', local(1));
engineSuite('the local engine with lanes', local(2));
