/** Lines that Python wrote and that are nearly JSON: numbers that JSON does not have, and dictionaries as `print` shows them. */
import { InputError, type Place } from '../../errors.js';
import { isObject } from '../../json.js';
import { placeOfText } from './record.js';

/** A string of JSON, or a number that JSON does not have. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** Stands for such a number where a text is parsed to find it. */
const MARK = '\ue000rlt\ue000';

/** What is wrong with a text that is not JSON, where Python wrote it; undefined where it is something else. */
export function ofPython(text: string, place: Place): InputError | undefined {
  const [number] = [...text.matchAll(STRING_OR_NUMBER)]
    .map(([found]) => found)
    .filter((found) => !found.startsWith('"'));
  if (number !== undefined) {
    const marked = parsed(text.replace(STRING_OR_NUMBER, (found) => (found.startsWith('"') ? found : `"${MARK}"`)));
    const path = placeOfText(marked, MARK);
    if (path === undefined) return undefined;
    // In a list, the place says which record it is.
    const field = Array.isArray(marked) ? path.split('.').slice(1).join('.') : path;
    return new InputError(`the number ${number} is not JSON, though Python writes it`, {
      ...place,
      field,
      remedy:
        'Write null in its place, or leave the key out. json.dumps(row, allow_nan=False) in Python finds such numbers, and DataFrame.to_json of pandas writes them as null.',
    });
  }
  if (!/^\s*\{\s*'/.test(text)) return undefined;
  return new InputError('the text is a dictionary as Python prints it, not JSON', {
    ...place,
    remedy: 'Write it with json.dumps(row) in place of str(row).',
  });
}

/** The value of a text that is JSON; undefined for another. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
