/** The engines of a run: each is connected when it is first needed, and closed with the run. */
import type { Engine, EngineProfile } from '../engine/engine.js';
import { connectEngine, type EngineSettings } from '../engine/kinds.js';
import { RecipeError, RltError } from '../errors.js';
import { type EngineName, engineField, engineSettings, enginesOf } from '../recipe/engines.js';
import type { Recipe } from '../recipe/schema.js';
import type { Stage } from '../stages/index.js';
import { engineProblems, unmetRequirements } from './requirements.js';

/** Connects an engine; a program may supply its own engines. */
export type Connect = (settings: EngineSettings, name: EngineName) => Promise<Engine>;

export class Engines {
  readonly #recipe: Recipe;
  readonly #connect: Connect;
  readonly #ownEngines: boolean;
  readonly #open = new Map<EngineName, Promise<Engine>>();

  /** @param note told what takes long: a server that gives no answer */
  constructor(recipe: Recipe, connect?: Connect, note?: (text: string) => void) {
    this.#recipe = recipe;
    this.#ownEngines = connect === undefined;
    this.#connect = connect ?? ((settings) => connectEngine(settings, { note }));
  }

  /** @throws {RltError} when the engine cannot be connected; it names the engine's field in the recipe */
  engine(name: EngineName): Promise<Engine> {
    let engine = this.#open.get(name);
    if (engine === undefined) {
      engine = this.#connect(engineSettings(this.#recipe, name), name).catch((error: unknown) => {
        throw error instanceof RltError && error.facts.field === undefined
          ? error.at({ field: engineField(name) })
          : error;
      });
      this.#open.set(name, engine);
    }
    return engine;
  }

  /**
   * Connects the engines that these stages need, and checks the stages' requirements against their profiles.
   * `recipe` is that of these engines, with the settings that are held against them.
   * @throws {RecipeError} when an engine cannot meet a setting; it lists all such settings
   */
  async check(
    recipe: Recipe,
    stages: readonly Stage[],
    /** Fields of stages that are known to have no effect. */
    ignored: ReadonlySet<string> = new Set(),
  ): Promise<void> {
    const problems = this.#ownEngines ? engineProblems(recipe, stages) : [];
    if (problems.length > 0) throw new RecipeError([...problems]);
    const profiles = new Map<EngineName, EngineProfile>();
    for (const name of new Set(stages.flatMap((stage) => enginesOf(recipe, stage))))
      profiles.set(name, (await this.engine(name)).profile);
    const profileOf = (name: EngineName) => {
      const profile = profiles.get(name);
      if (profile === undefined) throw new Error(`the engine ${name} was not connected`);
      return profile;
    };
    const unmet = unmetRequirements(recipe, stages, profileOf, ignored);
    if (unmet.length > 0) throw new RecipeError([...unmet]);
  }

  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const engine of await Promise.allSettled(open)) if (engine.status === 'fulfilled') await engine.value.close();
  }
}
