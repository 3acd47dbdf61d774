/** The licenses that the hub knows, by the identifiers of its model cards (https://huggingface.co/docs/hub/repositories-licenses). */
import { UsageError } from '../errors.js';
import { nearest } from '../suggestion.js';

const PAGE = 'https://huggingface.co/docs/hub/repositories-licenses';

const LICENSES: readonly string[] = `
  apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
  afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda
  cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
  cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
  cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2
  agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl
  apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense
  zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license
  llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown other
`
  .trim()
  .split(/\s+/);

/** @throws {UsageError} when the hub does not know a license by this identifier */
export function requireLicense(id: string): void {
  if (LICENSES.includes(id)) return;
  const near = nearest(id, LICENSES);
  throw new UsageError(`--license: the hub knows no license "${id}"`, {
    remedy: `${near === undefined ? '' : `Did you mean "${near}"? `}The identifiers are at ${PAGE}; "other" stands for all other licenses.`,
  });
}

/** A file with the text of a license, at the top of a repository. */
const LICENSE_FILE = /^LICENSE(?:\.\w+)?$/;

/** What the license still asks for, where the files of the model lack it. */
export function licenseRemark(id: string | undefined, files: readonly string[]): string | undefined {
  if (id !== 'other' || files.some((path) => LICENSE_FILE.test(path))) return undefined;
  return 'the license "other" says nothing by itself: put its text into a file LICENSE in the directory';
}
