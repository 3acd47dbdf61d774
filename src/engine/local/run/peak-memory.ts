/**
 * How much memory the process will take at its peak: from shapes alone, by what this engine allocates. What a program
 * needs is what its graph says (graph/memory.ts); a few figures about Node and ONNX Runtime were measured.
 */
import type { CallShape, TrainingUse } from '../../memory-use.js';
import type { AdapterForm } from '../files/adapter.js';
import type { Architecture } from '../files/architecture.js';
import type { Graph } from '../graph/graph.js';
import { type GraphMemory, memoryOf } from '../graph/memory.js';
import { blockSizes } from '../programs/blocks.js';
import type { NewTokens } from '../programs/decode-frame.js';
import { joinedProgram } from '../programs/joined-program.js';
import { decodeProgram, heldProgram, prefillProgram } from '../programs/sampling-programs.js';
import { type SequenceVariant, sequenceProgram } from '../programs/sequence-program.js';
import { FEW_ROWS, type RowCount } from '../programs/weight-inputs.js';
import type { LocalSettings } from '../settings.js';
import { formKey, type ModelForm } from '../weights/model-form.js';
import { parametersOf } from '../weights/parameters.js';
import { isQuantisable, parameterBytes } from '../weights/quantised.js';
import { adapterBytes, learningBytes, weightBytes } from '../weights/weight-bytes.js';
import {
  blocksOf,
  budgetOf,
  chunksFor,
  decodesFromHeld,
  isSmall,
  joinsCache,
  pieceTokens,
  readsFromHeld,
  rowCountOf,
  rowsOfHeld,
  samplingForm,
} from './budget.js';
import { microBatchOf, shorterCalls, tokensOfCall, withinContext } from './call-shapes.js';
import { type Division, isWorthTwo, lanesOf, learningLanesOf, secondLaneBytes } from './division.js';
import { KeptMemory, kindOfReading, kindOfScoring, type SessionKind } from './kept-memory.js';
import { cacheTokenBytes, completionBytes } from './sampling/kv-cache.js';

/** A model with its architecture, as a stage uses it. */
export interface SizedUse {
  /** Frozen weights with one key are held once. */
  readonly base: string;
  readonly architecture: Architecture;
  readonly bits?: ModelForm['bits'];
  readonly adapter?: AdapterForm | undefined;
  readonly training?: { readonly lora: AdapterForm | null; readonly reference: TrainingUse['reference'] } | undefined;
  readonly calls: readonly CallShape[];
}

/**
 * Node with this package, ONNX Runtime and the engine's thread; measured on Linux with the bundled model and one thread,
 * in scoring and sampling: 170 to 175 MiB.
 */
const PROCESS_BYTES = 172 * 2 ** 20;
/** The thread of a lane; likewise, from scoring with two and four of them. */
const LANE_BYTES = 24 * 2 ** 20;
/**
 * What the garbage collector of a thread that computes has not taken yet, of gradients, keys and values; likewise, after
 * forty steps of training or two thousand completions.
 */
const GARBAGE_BYTES = 32 * 2 ** 20;
/** Calls of a kind after which that is reached. */
const MANY_CALLS = 8;
/** What ONNX Runtime keeps of each node of a loaded graph; measured with programs of 1,000 to 6,000 nodes. */
const NODE_BYTES = 8 * 2 ** 10;
/**
 * What allocators take for a byte that is asked of them: ONNX Runtime's arena, which is kept, and that of the C library.
 * In an arena in which large models learn, a piece that was made for one value does not fit another: `alike` where all
 * micro-batches have the same sizes, `varied` where their lengths differ, or those of many blocks of queries. Measured with programs of
 * SmolLM2-135M's size: two steps of equal sequences, and warm-ups on sixteen batches of eight word problems.
 */
const OVERHEAD = { kept: 1.08, alike: 1.25, varied: 1.5, given: 1.25 } as const;
/** Blocks of queries whose sizes differ little. */
const FEW_BLOCKS = 2;

/**
 * Of what a session holds, what its making takes beside it and the C library keeps: copies that were rearranged lie between
 * others that stay. Measured at 0.1 to 1.5 B parameters in 4 bits.
 */
const HELD_OVERHEAD = 1.3;

/** What a program takes when it runs. */
interface ProgramUse extends GraphMemory {
  readonly key: string;
  readonly kind: SessionKind;
  readonly nodes: number;
  /** Bytes that the call keeps beside it while it runs: keys and values. */
  readonly beside: number;
  /** Bytes of weights that its session holds. */
  readonly held: number;
  /** What an arena of its own takes for a byte of its values. */
  readonly ofArena: number;
}

/** How a call is computed: by so many lanes, or by 0 of them, and with which settings each. */
type Computing = Pick<Division, 'count' | 'own'>;

const isOften = ({ times = Number.POSITIVE_INFINITY }: CallShape): boolean => times > MANY_CALLS;

const sizesOf = (sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> =>
  new Map(Object.entries({ tablePositions: 1, ...sizes }));

/** Bytes of the matrices that a reference has for itself after a blend. */
const matrixBytes = (architecture: Architecture): number =>
  parametersOf(architecture).reduce((total, one) => total + (isQuantisable(one) ? 4 * one.size : 0), 0);

const isSameForm = (a: AdapterForm | undefined, b: AdapterForm): boolean =>
  a !== undefined && JSON.stringify(a.layers) === JSON.stringify(b.layers);

/** The form in which a model computes. */
const formOf = ({ architecture, bits, adapter, training }: SizedUse, settings: LocalSettings): ModelForm => {
  const computing = training === undefined ? adapter : (training.lora ?? undefined);
  const byIntegers = settings.integerProducts === true && bits === 8;
  const form: ModelForm = { architecture, adapter: computing, bits, ...(byIntegers ? { integer: 127 } : {}) };
  return training === undefined ? samplingForm(settings, form) : form;
};

/** Bytes of what changes in training; 0 of a frozen model. */
const learningBytesOf = ({ architecture, training }: SizedUse): number =>
  training === undefined ? 0 : learningBytes({ architecture, adapter: training.lora ?? undefined });

/** Bytes of weights that a model has for itself, besides a base that it may share. */
function ownBytes(use: SizedUse): number {
  const { adapter, training } = use;
  const learning = learningBytesOf(use);
  const adapters = training?.lora
    ? adapterBytes(training.lora)
    : training === undefined && adapter
      ? adapterBytes(adapter)
      : 0;
  // A reference that follows an adapter by blending becomes matrices of its own.
  const blended = training?.reference === 'blend' && training.lora !== null;
  const copy = blended ? matrixBytes(use.architecture) : training?.reference === 'none' ? 0 : learning;
  // The sum of gradients, and the two moments of AdamW.
  return adapters + copy + 3 * learning;
}

/** Whether a model needs a base that no other has: it changes, or an adapter was merged into it. */
const hasOwnBase = ({ adapter, training }: SizedUse): boolean =>
  training !== undefined && (training.lora === null || (adapter !== undefined && !isSameForm(adapter, training.lora)));

/** Predicts stages in the order in which they run, since sessions and their memory stay from one to the next. */
export class PeakMemory {
  readonly #settings: LocalSettings;
  readonly #graphs = new Map<string, Graph>();
  /** Bytes by session that stay until the engine is closed. */
  readonly #kept = new Map<string, number>();
  readonly #keptMemory = new KeptMemory();
  /** Whether threads have garbage: it stays, since the C library keeps what is freed. */
  #hasGarbage = false;

  constructor(settings: LocalSettings) {
    this.#settings = settings;
  }

  /** Bytes of the process at the peak of a stage that uses these models. */
  stage(uses: readonly SizedUse[]): number {
    const bases = new Map<string, number>();
    let resident = 0;
    let transient = 0;
    let lanes = 0;
    for (const use of uses) {
      const form = formOf(use, this.#settings);
      const shared = lanesOf(this.#settings, form);
      const calls = use.calls.flatMap((call) => withinContext(call, form.architecture.contextTokens));
      const learning = this.#learningLanes(calls, form);
      const base = weightBytes(form);
      if (hasOwnBase(use)) resident += base;
      else bases.set(JSON.stringify([use.base, use.bits]), base);
      resident += ownBytes(use);
      if (shared !== undefined) resident += this.#laneBytes(use, base, shared.count);
      if (learning !== undefined) resident += secondLaneBytes(form);
      lanes = Math.max(lanes, shared?.count ?? 0, learning === undefined ? 0 : 1);
      this.#hasGarbage ||= use.calls.some((call) => call.kind === 'train' || (call.kind === 'sample' && isOften(call)));
      const alone: Computing = { count: 0, own: this.#settings };
      for (const call of calls) {
        const computing = shared ?? (call.kind === 'train' ? learning : undefined) ?? alone;
        const copies = Math.max(1, computing.count);
        for (const program of this.#programs(call, form, use.base, computing)) {
          transient = Math.max(transient, copies * this.#run(program, form, copies));
        }
      }
    }
    const shared = [...bases.values()].reduce((total, bytes) => total + bytes, 0);
    const kept = [...this.#kept.values()].reduce((total, bytes) => total + bytes, 0);
    const garbage = this.#hasGarbage ? Math.max(1, lanes) * GARBAGE_BYTES : 0;
    return PROCESS_BYTES + lanes * LANE_BYTES + garbage + shared + resident + kept + transient;
  }

  /** The lanes in which a large model learns, where a call of training is worth two. */
  #learningLanes(calls: readonly CallShape[], form: ModelForm): Division | undefined {
    const isWorth = calls.some((call) => call.kind === 'train' && isWorthTwo(this.#settings, form, tokensOfCall(call)));
    return isWorth ? learningLanesOf(this.#settings, form) : undefined;
  }

  /** Each lane has a copy of the weights; of what learns also gradients, and all share what is sent to them. */
  #laneBytes(use: SizedUse, base: number, count: number): number {
    const learning = learningBytesOf(use);
    return count * (base + (use.adapter ? adapterBytes(use.adapter) : 0) + learning) + learning;
  }

  /**
   * Adds what stays of a session; returns what is needed beside that while it runs.
   */
  #run(program: ProgramUse, form: ModelForm, copies: number): number {
    const { key, kind, working, results, nodes, beside, held, ofArena } = program;
    const keeps = this.#keptMemory.isKeptBy(key, kind, form);
    const stays = nodes * NODE_BYTES + HELD_OVERHEAD * held + (keeps ? ofArena * working : 0);
    this.#kept.set(key, Math.max(this.#kept.get(key) ?? 0, copies * stays));
    // A run gives its results to memory of theirs, of which Node's binding makes a copy.
    return (keeps ? 0 : OVERHEAD.given * working) + 2 * results + beside;
  }

  #graph(key: string, build: () => Graph): Graph {
    const graph = this.#graphs.get(key) ?? build();
    this.#graphs.set(key, graph);
    return graph;
  }

  #programs(call: CallShape, form: ModelForm, base: string, { count, own }: Computing): readonly ProgramUse[] {
    const share = { ...call, groups: Math.ceil(call.groups / Math.max(1, count)) };
    const { kind } = call;
    if (kind === 'sample') return this.#sampling(form, base, share, own);
    // Small models keep the memory of each program; of large ones the first keeps it, and shorter sequences take less.
    const shapes = isSmall(form) && call.alike !== true ? [share, ...shorterCalls(share)] : [share];
    return shapes.map((shape) => this.#sequences(form, { ...shape, kind }, own));
  }

  #sequences(
    form: ModelForm,
    call: CallShape & { readonly kind: 'score' | 'train' },
    settings: LocalSettings,
  ): ProgramUse {
    const train = call.kind === 'train';
    const budget = budgetOf(settings, form.architecture, train);
    const { groups, rows, prefix, own, positions } = microBatchOf(call, budget);
    const variant: SequenceVariant = {
      ...blocksOf(settings, form.architecture, { prefix, own }),
      train,
      checkpoints: train && settings.gradientCheckpointing,
      chunks: chunksFor(positions, budget.positions),
    };
    const key = JSON.stringify(['sequence', variant, formKey(form)]);
    const graph = this.#graph(key, () => sequenceProgram(form, variant).graph);
    const { prefixBlocks, blocks } = variant;
    const sizes =
      prefix > 0
        ? { G: groups, S: rows, ...blockSizes('P', prefix, prefixBlocks), ...blockSizes('C', own, blocks) }
        : { B: groups, ...blockSizes('T', own, blocks) };
    const memory = memoryOf(graph, sizesOf({ ...sizes, M: positions }));
    const kind = train ? 'training' : kindOfScoring(variant);
    const isAlike = call.alike === true && Math.max(prefixBlocks, blocks) <= FEW_BLOCKS;
    const ofArena = !train || isSmall(form) ? OVERHEAD.kept : isAlike ? OVERHEAD.alike : OVERHEAD.varied;
    return { key, kind, nodes: graph.nodes.length, beside: 0, held: 0, ofArena, ...memory };
  }

  #sampling(form: ModelForm, base: string, call: CallShape, settings: LocalSettings): readonly ProgramUse[] {
    const { architecture: a } = form;
    const perToken = cacheTokenBytes(a);
    const { ownTokens: own } = call;
    const most = Math.max(1, Math.floor(settings.cacheBytes / completionBytes(a, own)));
    const rows = Math.min(call.rows, most);
    const ofPrompt = perToken * call.promptTokens;
    const groups = Math.min(
      call.groups * Math.ceil(call.rows / rows),
      Math.max(1, Math.floor(settings.cacheBytes / (rows * completionBytes(a, own) + ofPrompt))),
    );
    const beside = groups * (perToken * rows * own + ofPrompt);
    const fewPrompts = Math.max(1, Math.floor(budgetOf(settings, a, false).tokens / call.promptTokens));
    const prefillGroups = Math.min(groups, fewPrompts);
    const joined = joinsCache(settings, form, { groups, slots: rows });
    const inHeld = decodesFromHeld(settings, form, joined);
    const { blocks } = blocksOf(settings, a, { prefix: 0, own: call.promptTokens });
    const programOf = (
      kind: SessionKind,
      count: RowCount,
      sizes: Readonly<Record<string, number>>,
      build: () => Graph,
    ): ProgramUse => {
      // A session that holds weights is of these alone.
      const key = JSON.stringify([kind, count, inHeld && base, formKey(form)]);
      const graph = this.#graph(`${key}${joined}${blocks}`, build);
      const held = kind === 'decoding' && inHeld ? heldBytes(form) : 0;
      return {
        key,
        kind,
        nodes: graph.nodes.length,
        beside: beside + (held > 0 ? makingBytes(form) : 0),
        held,
        ofArena: OVERHEAD.kept,
        ...memoryOf(graph, sizesOf(sizes)),
      };
    };
    // Held weights are no values of a graph; float32 ones are its inputs, which take nothing either.
    const asInputs = { ...form, bits: undefined };
    if (joined) {
      const tokens = Math.min(call.promptTokens, pieceTokens(budgetOf(settings, a, false), groups));
      const piece = { G: groups, T: tokens, M: groups, C: Math.max(1, call.promptTokens - tokens) };
      const next = { G: groups, T: 1, M: groups, C: call.promptTokens + own };
      const ofHeld = (sizes: Readonly<Record<string, number>>) =>
        programOf('decoding', rowsOfHeld(form), sizes, () =>
          joinedProgram(asInputs, { tokens: 'T', rows: rowsOfHeld(form) }),
        );
      const ofInputs = (tokens: NewTokens, sizes: Readonly<Record<string, number>>) => {
        const rows = rowCountOf(settings, form, groups * (sizes.T ?? 1));
        const kind = tokens === 1 ? 'decoding' : kindOfReading(rows);
        return programOf(kind, rows, sizes, () => joinedProgram(form, { tokens, rows }));
      };
      return [
        inHeld && readsFromHeld(form) ? ofHeld(piece) : ofInputs('T', piece),
        inHeld ? ofHeld(next) : ofInputs(1, next),
      ];
    }
    const read = rowCountOf(settings, form, prefillGroups * call.promptTokens);
    const prefill = (): ProgramUse =>
      programOf('prefill', read, { G: prefillGroups, ...blockSizes('P', call.promptTokens, blocks) }, () =>
        prefillProgram(form, { rows: read, blocks }),
      );
    const cacheSizes = { P: call.promptTokens, C: own };
    if (inHeld) {
      const use = (sizes: Readonly<Record<string, number>>) =>
        programOf('decoding', 'few', sizes, () => heldProgram(asInputs, new Map()));
      return [
        readsFromHeld(form)
          ? use({ G: prefillGroups, S: 1, T: call.promptTokens, M: prefillGroups, P: 1, C: 1 })
          : prefill(),
        use({ G: groups, S: rows, T: 1, M: groups * rows, ...cacheSizes }),
      ];
    }
    const decode = (count: RowCount, sizes: Readonly<Record<'G' | 'S', number>>): ProgramUse =>
      programOf('decoding', count, { ...sizes, ...cacheSizes }, () => decodeProgram(form, { tokens: 1, rows: count }));
    // Rows that end leave the batch, so that few are left of many.
    const left = { G: Math.ceil(FEW_ROWS / rows), S: Math.min(rows, FEW_ROWS) };
    const first = rowCountOf(settings, form, groups * rows);
    return [prefill(), decode(first, { G: groups, S: rows }), ...(first === 'many' ? [decode('few', left)] : [])];
  }
}

/**
 * Bytes of what a decoding session holds: the matrices in few bits and, for products of integers, the head in 8; or all
 * matrices in float32.
 */
const heldBytes = (form: ModelForm): number =>
  parametersOf(form.architecture)
    .filter(isQuantisable)
    .reduce((total, one) => total + parameterBytes(one, form.bits), heldHeadBytes(form));

function heldHeadBytes({ architecture, integerDecoding, packedDecoding }: ModelForm): number {
  if (integerDecoding !== true && packedDecoding !== true) return 0;
  const { vocabularySize, hiddenSize } = architecture;
  const shape = [vocabularySize, hiddenSize];
  const head = { name: 'held head', shape, size: vocabularySize * hiddenSize, parts: [] };
  return parameterBytes(head, integerDecoding === true ? 8 : undefined);
}

/** Bytes that are there while such a session is made: the rounded head, and codes of 8 bits in the form for products. */
function makingBytes(form: ModelForm): number {
  const matrices = parametersOf(form.architecture).filter(isQuantisable);
  const codes = form.bits === 8 ? matrices.reduce((total, { size }) => total + size, 0) : 0;
  return codes + (form.integerDecoding === true ? heldHeadBytes(form) : 0);
}
