/** All kinds of pairs of answers. */
import { FORMS } from './kinds/forms.js';
import type { Kind } from './kinds/kind.js';
import { LOOK_ALIKES } from './kinds/look-alikes.js';
import { NOTATIONS } from './kinds/notations.js';
import { VALUES } from './kinds/values.js';

export const KINDS: readonly Kind[] = [...VALUES, ...FORMS, ...NOTATIONS, ...LOOK_ALIKES];
