/** Arguments that several functions of this room take, for calls that no types check. */
import { z } from 'zod';
import { objectArgument } from '../call-arguments.js';

export const TOKENIZER_ARGUMENT = objectArgument('a tokenizer, as loadTokenizer gives it', 'decode', 'fingerprint');
export const FORMAT_ARGUMENT = objectArgument('tags, such as FORMATS.paper', 'inner', 'between', 'teacher', 'student');
export const CHAT_ARGUMENT = objectArgument('a chat template, as chatTemplateOf gives it', 'pieces', 'render');
export const IDS_ARGUMENT = z.custom<readonly number[]>(Array.isArray, { error: 'expected a list of token ids' });
