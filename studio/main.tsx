/** The page of `rlt studio`. scripts/build-studio.mjs bundles it, libraries included: it asks nobody but its server. */
import 'katex/dist/katex.css';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { App } from './app.js';
import { startRouting } from './state/route.js';
import { followChanges, takeToken } from './state/server.js';
import { startTheme } from './state/theme.js';

takeToken();
startTheme();
startRouting();
void followChanges();
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
