/** All kinds of pairs of answers. */
import { AMOUNTS } from './kinds/amounts.js';
import { COMPOUND_UNITS } from './kinds/compound-units.js';
import { CORRECTIONS } from './kinds/corrections.js';
import { FALSE_ACCEPTS } from './kinds/false-accepts.js';
import { FALSE_REJECTS } from './kinds/false-rejects.js';
import { FORMS } from './kinds/forms.js';
import type { Kind } from './kinds/kind.js';
import { LISTS } from './kinds/lists.js';
import { LOOK_ALIKES } from './kinds/look-alikes.js';
import { MORE_FALSE_ACCEPTS } from './kinds/more-false-accepts.js';
import { MORE_FALSE_REJECTS } from './kinds/more-false-rejects.js';
import { NOTATIONS } from './kinds/notations.js';
import { OPINIONS } from './kinds/opinions.js';
import { REMARKS } from './kinds/remarks.js';
import { REPLIES } from './kinds/replies.js';
import { RESTATED } from './kinds/restated.js';
import { SECOND_THOUGHTS } from './kinds/second-thoughts.js';
import { SEVERAL_PARTS } from './kinds/several-parts.js';
import { SHORT_WORDS } from './kinds/short-words.js';
import { SPOKEN_NUMBERS } from './kinds/spoken-numbers.js';
import { SPOKEN_TIMES } from './kinds/spoken-times.js';
import { SYMBOLIC } from './kinds/symbolic.js';
import { TAKEN_BACK } from './kinds/taken-back.js';
import { UNITS_AND_DAYS } from './kinds/units-and-days.js';
import { VALUES } from './kinds/values.js';
import { WEIGHED_VALUES } from './kinds/weighed-values.js';
import { WHOLE_VALUES } from './kinds/whole-values.js';
import { WORDINGS } from './kinds/wordings.js';
import { WORKED_SOLUTIONS } from './kinds/worked-solutions.js';

export const KINDS: readonly Kind[] = [
  ...VALUES,
  ...FORMS,
  ...NOTATIONS,
  ...LOOK_ALIKES,
  ...FALSE_ACCEPTS,
  ...MORE_FALSE_ACCEPTS,
  ...SEVERAL_PARTS,
  ...FALSE_REJECTS,
  ...MORE_FALSE_REJECTS,
  ...SYMBOLIC,
  ...REPLIES,
  ...WORDINGS,
  ...WORKED_SOLUTIONS,
  ...WHOLE_VALUES,
  ...REMARKS,
  ...AMOUNTS,
  ...LISTS,
  ...CORRECTIONS,
  ...SHORT_WORDS,
  ...OPINIONS,
  ...SECOND_THOUGHTS,
  ...SPOKEN_TIMES,
  ...TAKEN_BACK,
  ...UNITS_AND_DAYS,
  ...WEIGHED_VALUES,
  ...RESTATED,
  ...SPOKEN_NUMBERS,
  ...COMPOUND_UNITS,
];
