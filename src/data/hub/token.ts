/** The token with which the hub is asked: of the environment, or as `huggingface-cli login` leaves it. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The file in which a login leaves the token. */
function tokenFile({ HF_TOKEN_PATH, HF_HOME, XDG_CACHE_HOME }: Environment): string {
  if (HF_TOKEN_PATH) return HF_TOKEN_PATH;
  return join(HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'), 'token');
}

/**
 * The token to send, without white space around it.
 * @throws {UsageError} when it holds a character that a token cannot have; the message does not repeat it
 */
export function hubToken(given: string | undefined, environment: Environment = process.env): string | undefined {
  const variables = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'];
  const variable = variables.find((name) => environment[name]?.trim());
  const [origin, value] =
    given !== undefined
      ? ['the token', given]
      : variable !== undefined
        ? [variable, environment[variable]]
        : fromFile(tokenFile(environment));
  const token = value?.trim();
  if (!token) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(`${origin} holds a character that a token cannot have`, {
      remedy: 'Set it to the token alone: one word of letters, digits and underscores, such as hf_…',
    });
  }
  return token;
}

function fromFile(file: string): readonly [string, string | undefined] {
  try {
    return [file, readFileSync(file, 'utf8')];
  } catch {
    // Nobody has logged in here, or the file is not for this user.
    return [file, undefined];
  }
}
