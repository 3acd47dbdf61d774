import { expect, test } from 'vitest';
import { graderNamed } from '../../../../registry.js';

const verdict = (grader: string, gold: string, reply: string) => graderNamed(grader).grade(gold, reply).verdict;

test.each([
  ['math', '12', 'Also hat sie noch 12 Äpfel, nachdem sie 3 gegessen hat.'],
  ['integer', '12', 'Also hat sie noch 12 Äpfel, nachdem sie 3 gegessen hat.'],
  ['math', '12', 'Le quedan 12 manzanas después de comer 3.'],
  ['math', '12', 'Ela tem 12 maçãs depois de comer 3.'],
  ['math', '12', 'Le restano 12 mele dopo averne mangiate 3.'],
  ['math', '12', 'Il lui reste 12 pommes après en avoir mangé 3.'],
  ['math', '12', 'Sie hatte 12 Äpfel, bevor sie 3 verkaufte.'],
  ['math', '12', 'Tenía 12 manzanas antes de vender 3.'],
  ['math', '12', 'Tinha 12 maçãs antes de vender 3.'],
  ['math', '12', 'Aveva 12 mele prima di venderne 3.'],
  ['math', '12', "Elle avait 12 pommes avant d'en vendre 3."],
  ['math', '12', 'Elle avait 12 pommes avant de vendre 3.'],
  ['math', '12', 'Quedan 12 galletas después de que Ana comió 3.'],
  ['math', '12', 'Por lo tanto, le quedan 12 manzanas después de regalar 3 a su hermano.'],
  ['integer', '12', 'Il lui reste 12 pommes après en avoir mangé 3.'],
  ['math', '12', 'Nachdem sie 3 gegessen hat, bleiben 12 Äpfel.'],
  ['math', '12', 'Después de comer 3, le quedan 12.'],
  ['math', '12', 'Sie hatte 15 Äpfel, bevor sie 3 aß, also hat sie noch 12.'],
  ['math', '12', "Avait 15 pommes avant d'en manger 3, donc il lui reste 12."],
  ['math', '12', 'Il avait 15 pommes. Après en avoir mangé 3, il en reste 12.'],
  ['math', '12', 'Tenía 15 manzanas antes de comer 3; ahora tiene 12.'],
  ['math', '15', 'Die Antwort ist 15, bevor 3 abgezogen werden.'],
  ['math', '12', 'Es sind noch 12 Kekse übrig nach 3 Tagen.'],
  ['math', '12', 'Le quedan 12 euros tras gastar 3.'],
  ['math', '12', 'Restam 12 bolos após vender 3.'],
  ['math', '12', 'Le restano 12 euro dopo averne spesi 3 al mercato.'],
  ['math', '7', 'Wenn er 12 hatte, bevor er 5 verkaufte, dann hat er jetzt 7.'],
  ['math', '7', "Il avait 12 pommes avant d'en manger 5, donc 12 - 5 = 7."],
  ['math', '7', 'Er hatte 12 Äpfel, bevor er 5 aß. Jetzt hat er 7.'],
  ['math', '7', 'Dopo averne mangiate 5, gliene restano 7.'],
  ['math', '12', 'Er kaufte 5 Äpfel, nachdem er 3 verkauft hatte, und hat nun 12.'],
  ['math', '12', 'Nach 3 Tagen hat sie 12 Äpfel.'],
  ['math', '15', 'Tras 3 días tiene 15 euros.'],
])('%s, %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).toBe('correct'));

test.each([
  ['math', '3', 'Also hat sie noch 12 Äpfel, nachdem sie 3 gegessen hat.'],
  ['math', '3', 'Le quedan 12 manzanas después de comer 3.'],
  ['math', '3', 'Ela tem 12 maçãs depois de comer 3.'],
  ['math', '3', 'Le restano 12 mele dopo averne mangiate 3.'],
  ['math', '3', 'Il lui reste 12 pommes après en avoir mangé 3.'],
  ['math', '3', 'Sie hatte 12 Äpfel, bevor sie 3 verkaufte.'],
  ['math', '3', 'Elle avait 12 pommes avant de vendre 3.'],
])('%s, not %s: %s', (grader, gold, reply) => expect(verdict(grader, gold, reply)).not.toBe('correct'));
