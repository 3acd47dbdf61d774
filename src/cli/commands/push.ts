import { UsageError } from '../../errors.js';
import type { CommandDefinition } from '../command.js';
import { textTable } from '../table.js';

interface Flags {
  readonly private?: boolean;
  readonly dryRun?: boolean;
  readonly run?: string;
  readonly baseModel?: string;
  readonly license?: string;
  readonly include?: readonly string[];
}

const SCHEME = 'hf:';

const size = (bytes: number): string =>
  bytes < 1e6
    ? `${(bytes / 1e3).toFixed(1)} kB`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;

export const pushCommand: CommandDefinition = (command, context) => {
  command
    .argument(
      '<dir>',
      'a saved model: its folder, such as runs/NAME/stages/03-teach/model, that of its stage, or RUN:NAME',
    )
    .argument('<repository>', 'where to: hf:owner/name')
    .option('--dry-run', 'show the card and the files with their sizes, and send nothing')
    .option('--private', 'make the repository private; refused where it is there for everybody')
    .option('--run <dir>', 'the run that made the model, for the card (default: the one that it lies in)')
    .option('--base-model <owner/name>', 'the name on the hub of the base of an adapter')
    .option(
      '--license <id>',
      'the license of the model, as the hub calls it, for the card: apache-2.0, mit, other, ...',
    )
    .option('--include <files...>', 'also send these files of the directory, which are not of the model')
    .action(async (given: string, target: string, flags: Flags) => {
      const { isHubModel } = await import('../../data/hub/source.js');
      const { readFile } = await import('node:fs/promises');
      const { join } = await import('node:path');
      const { existsSync } = await import('node:fs');
      const { adapterBase, CARD, publishedFiles } = await import('../../report/published-files.js');
      const { modelCard, originOf } = await import('../../report/model-card.js');
      const { requireRun } = await import('../../report/run-report.js');
      const repository = target.startsWith(SCHEME) ? target.slice(SCHEME.length) : target;
      if (!target.startsWith(SCHEME) || !isHubModel(repository))
        throw new UsageError(`${target} is not a repository of the hub`, { remedy: 'Write hf:owner/name.' });
      if (flags.baseModel !== undefined && !isHubModel(flags.baseModel))
        throw new UsageError(`${flags.baseModel} is not a model of the hub`, { remedy: 'Write owner/name.' });
      if (flags.run !== undefined) requireRun(flags.run);
      const { licenseRemark, requireLicense } = await import('../../report/licenses.js');
      if (flags.license !== undefined) requireLicense(flags.license);
      const { isRun } = await import('../../run/begun-stages.js');
      const { namedModel } = await import('../../pipeline/inputs/trained-models.js');
      // Which of the models of a run is published is to be written, even where it has one.
      const directory = isRun(given) ? given : (await namedModel(given, undefined)).source;
      const base = await adapterBase(directory, flags.baseModel);
      const files = await publishedFiles(directory, { include: flags.include ?? [], baseModel: base });
      const remark = licenseRemark(
        flags.license,
        files.map(({ path }) => path),
      );
      if (remark !== undefined) context.stderr(`note: ${remark}\n`);
      const found = originOf(directory);
      const origin = flags.run === undefined ? found : { stage: found?.stage ?? '', run: flags.run };
      // A card of your own is yours.
      const own = join(directory, CARD);
      const card = existsSync(own)
        ? await readFile(own, 'utf8')
        : await modelCard(directory, { repository, origin, adapterBase: base, license: flags.license });
      const { hubToken } = await import('../../data/hub/token.js');
      const token = hubToken(undefined);
      if (token !== undefined && card.includes(token))
        throw new UsageError('the card holds your token of the hub', { file: own, remedy: 'Take it out.' });
      const all = [
        { path: CARD, bytes: Buffer.byteLength(card), content: { kind: 'text', text: card } } as const,
        ...files,
      ];
      if (flags.dryRun === true) {
        const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
        const rows = all.map(({ path, bytes }) => [path, size(bytes)]);
        await context.stdout(
          `${card}\n${textTable([['file', 'size'], ...rows, ['in all', size(total)]], [1])}\n\nNothing was sent. Without --dry-run these files go to ${repository}.\n`,
        );
        return;
      }
      const { uploadModel } = await import('../../data/hub/upload/upload.js');
      const { url, commit, sent, alreadyThere } = await uploadModel(repository, all, {
        isPrivate: flags.private === true,
        message: 'Upload by rlt push',
        hub: { signal: context.signal },
        note: (text) => context.stderr(`${text}\n`),
      });
      const there = alreadyThere.length === 0 ? '' : `, ${alreadyThere.length} already there`;
      await context.stdout(
        commit === undefined ? `${url}: everything is there already\n` : `${url}: ${sent.length} files sent${there}\n`,
      );
    });
};
