/** The engine against PyTorch on the CPU, in both dialects of its graphs. */
import { goldenSuite } from '../../testing/golden-suite.js';
import { testRuntime } from '../../testing/goldens.js';

goldenSuite('the CPU', () => testRuntime());
goldenSuite('the CPU, in the portable dialect', () => testRuntime({}, { dialect: 'portable' }));
