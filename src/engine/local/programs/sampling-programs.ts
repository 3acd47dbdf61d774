/**
 * The programs that sample: one reads prompts (prefill), one computes one more token (decode). Sizes by letter: G
 * groups with a prompt of P tokens each, and S sequences per group that have C tokens each in the cache.
 */
import { product, type Shape, sum } from '../graph/dimension.js';
import type { Graph } from '../graph/graph.js';
import { add, multiply, reshape, softmax } from '../graph/operations.js';
import type { ModelForm } from '../weights/model-form.js';
import type { QuantisedValues } from '../weights/quantised.js';
import type { KeysAndValues, Layout } from './attention.js';
import { attend, causalMask, frame, headsOf, layerMask, rotaryInputs } from './frame.js';
import { type Attend, embed, project, transformerLayers } from './transformer.js';

/**
 * Reads prompts [G, P]: outputs each layer's keys and values `Key:L`, `Value:L` [G, K, P, headSize] and the
 * distribution of the token after `chosen[g]`, `probabilities` [G, V].
 */
export function prefillProgram(form: ModelForm, fewRows: boolean): Graph {
  const { architecture: a } = form;
  const { graph, weights, table, head } = frame(form, fewRows);
  const layout: Layout = { groups: 'G', rows: 1, tokens: 'P' };
  const ids = reshape(graph.input('ids', ['G', 'P'], 'int64'), [product(['G', 'P'])]);
  const bias = causalMask(graph, a, 'causal', 'P');
  const cached = ['G', a.keyValueHeads, 'P', a.headSize];
  const attendTo: Attend = (layer, ...qkv) => {
    const { query, keys, values } = headsOf(a, layout, ...qkv);
    graph.output(`Key:${layer}`, reshape(keys, cached));
    graph.output(`Value:${layer}`, reshape(values, cached));
    return attend(a, layout, query, [{ keys, values, bias: bias(layer) }]);
  };
  const { hidden: last } = transformerLayers(
    a,
    weights,
    embed(table, ids),
    rotaryInputs(graph, a, product(['G', 'P'])),
    attendTo,
    graph.input('chosen', ['G'], 'int64'),
  );
  graph.output('probabilities', softmax(project(a, weights, last, head, graph.input('inverseTemperature', ['G', 1]))));
  return graph;
}

/**
 * One more token for each of G * S sequences: attends to its group's prompt (`promptKey:L` [G, K, P, headSize]), to
 * what was generated (`pastKey:L` [G, K, S, C, headSize]) and to itself. `bias` [G, 1, 1, 1, P + C + 1] hides what
 * shorter prompts lack and places not yet filled, and for windowed layers what lies before the window. Outputs the new keys and values `Key:L`, `Value:L` [G, K, S, 1,
 * headSize] and `probabilities` [G * S, V]. Weights that are `held` are part of it, not inputs.
 *
 * With `places`, where the cache lies on a device, it puts the new ones into the cache, at the column where `place` [C, 1]
 * is 1 and the cache 0, and outputs that: `pastKey:L`, `pastValue:L`. Sizes are then read off inputs that lie in the
 * computer's memory (`promptPlaces` [P] is there for nothing else), since what lies on the device would be fetched for it.
 */
export function decodeProgram(
  form: ModelForm,
  { fewRows, held, places = false }: { fewRows: boolean; held?: QuantisedValues | undefined; places?: boolean },
): Graph {
  const { architecture: a } = form;
  const { graph, weights, table, head } = frame(form, fewRows, held);
  const layout: Layout = { groups: 'G', rows: 'S', tokens: 1 };
  const rows = product(['G', 'S']);
  const ids = reshape(graph.input('ids', ['G', 'S'], 'int64'), [rows]);
  const place = places ? graph.input('place', ['C', 1]) : undefined;
  if (places) graph.input('promptPlaces', ['P']);
  const bias = layerMask(graph, a, 'bias', ['G', 1, 1, 1, sum(['P', 'C', 1])]);
  const attendTo: Attend = (layer, ...qkv) => {
    const { query, keys, values } = headsOf(a, layout, ...qkv);
    const cached = (name: string, shape: Shape): KeysAndValues => ({
      keys: graph.input(`${name}Key:${layer}`, shape),
      values: graph.input(`${name}Value:${layer}`, shape),
    });
    const prompt = cached('prompt', ['G', a.keyValueHeads, 'P', a.headSize]);
    const past = cached('past', ['G', a.keyValueHeads, 'S', 'C', a.headSize]);
    if (place === undefined) {
      graph.output(`Key:${layer}`, keys);
      graph.output(`Value:${layer}`, values);
    } else {
      graph.output(`pastKey:${layer}`, add(past.keys, multiply(keys, place)));
      graph.output(`pastValue:${layer}`, add(past.values, multiply(values, place)));
    }
    const sets = [prompt, past, { keys, values }];
    return attend(a, layout, query, sets, bias(layer));
  };
  const { hidden } = transformerLayers(a, weights, embed(table, ids), rotaryInputs(graph, a, rows), attendTo);
  graph.output(
    'probabilities',
    softmax(project(a, weights, hidden, head, graph.input('inverseTemperature', [rows, 1]))),
  );
  return graph;
}
