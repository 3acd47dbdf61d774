/** The thread of a lane: see lanes.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LocalSettings } from '../settings.js';
import { answerCalls } from './answers.js';
import { type LaneMethods, replicaMethods } from './replicas.js';

if (parentPort === null) throw new Error('lane.ts runs in a worker thread only');
const settings: LocalSettings = workerData;
answerCalls<LaneMethods>(parentPort, replicaMethods(settings));
