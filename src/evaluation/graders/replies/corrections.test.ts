import { describe, expect, it } from 'vitest';
import { graderNamed } from '../registry.js';
import { withoutCorrected } from './corrections.js';

const NUMERIC = ['math', 'integer'] as const;
const verdict = (grader: string, gold: string, reply: string): string => graderNamed(grader).grade(gold, reply).verdict;

describe('an answer that a reply takes back, and the one behind it', () => {
  it.each([
    // Errors
    ['26', '24', 'Das Ergebnis ist 24. Halt, da habe ich mich vertan: 13 * 2 = 26.'],
    ['26', '24', 'Antwort: 24\n\nDas ist nicht richtig. Es sind 26 Stühle.'],
    ['26', '24', 'Die Lösung ist 24. Oh, ein Rechenfehler! 13 * 2 = 26'],
    ['26', '24', 'Die Antwort lautet 24. Falsch! Richtig ist 26.'],
    ['26', '24', '\\boxed{24}\n\nMoment, ich habe einen Fehler gemacht. 13 * 2 = 26.'],
    ['26', '24', 'Die Antwort ist 24. Ich habe mich geirrt, weil ich 2 vergessen habe. Die richtige Antwort ist 26.'],
    ['26', '24', 'La réponse est 24. Attendez, il y a une erreur. 13 × 2 = 26.'],
    ['26', '24', 'La reponse est 24. Je me suis trompe. Il y en a 26.'],
    ['26', '24', 'Réponse : 24. Oups, erreur de calcul : 13 × 2 = 26.'],
    ['26', '24', 'Il reste 24 pommes. Ce n’est pas correct. Il reste 26 pommes.'],
    ['26', '24', 'La respuesta es 24. Un momento, cometí un error. 13 * 2 = 26.'],
    ['26', '24', 'La respuesta es 24. Eso no es correcto. Son 26.'],
    ['26', '24', 'Respuesta: 24\n\nMe equivoque al sumar. El total es 26.'],
    ['26', '24', 'Quedan 24. Perdón, me he equivocado: quedan 26.'],
    ['26', '24', 'La risposta è 24. Aspetta, ho sbagliato: 13 * 2 = 26.'],
    ['26', '24', 'La risposta è 24. Mi sono sbagliato. La risposta corretta è 26.'],
    ['26', '24', 'A resposta é 24. Espere, eu errei: 13 * 2 = 26.'],
    ['26', '24', 'A resposta é 24. Enganei-me. São 26.'],
    ['26', '24', '答案是24。等一下，我算错了。13×2=26。'],
    ['26', '24', '答案是24。这不对，应该是26。'],
    ['26', '24', '一共有24个。错了，一共有26个。'],
    ['26', '24', '所以答案是24。等等，我忘了乘以2。13×2=26，所以答案是26。'],
    ['8', '9', 'So x equals 9, wait no, I have to take 1 away. x equals 8.'],
    ['8', '9', 'x equals 9, wait no, I forgot to subtract 1, so x equals 8.'],
    ['26', '24', 'Die Antwort ist 24. Das ist falsch. Der Bauer hat 26 Hühner.'],
    ['26', '24', 'Also kauft er 24 Äpfel. Ich habe mich vertan. Er kauft 26 Äpfel.'],
    ['26', '24', '**Antwort:** 24\n\n**Moment**, das ist falsch. Wir rechnen 13 * 2 = 26.'],
    // What is still to be done, or was left out
    ['26', '24', 'Die Antwort ist 24. Warte, ich muss noch 2 addieren. Es sind 26.'],
    ['26', '24', "La réponse est 24. Attends, j'ai oublié 2. Donc c'est 26."],
    ['26', '24', 'La respuesta es 24. Espera, olvidé sumar 2. Entonces son 26.'],
    ['26', '24', 'La risposta è 24. Aspetta, ho dimenticato 2. Quindi è 26.'],
    ['26', '24', 'A resposta é 24. Espera, esqueci de somar 2. Então são 26.'],
    ['14', '12', "The answer is 12. Wait, no, I need to add 2. So that's 14 in total."],
    // A word of noticing and a value
    ['26', '24', 'Die Antwort ist 24 – halt, 26.'],
    ['26', '24', 'La réponse est 24. Pardon, 26.'],
    ['26', '24', 'La risposta è 24. No, scusa, è 26.'],
    ['26', '24', '24。哦不，26。'],
    // Other values in the place of the first
    ['26', '24', 'Die Antwort ist 24. Eigentlich sind es 26.'],
    ['26', '24', 'Es sind 24, vielmehr 26.'],
    ['26', '24', 'La réponse est 24. En fait, c’est 26.'],
    ['26', '24', 'Il y en a 24, ou plutôt 26.'],
    ['26', '24', 'La respuesta es 24. Mejor dicho, 26.'],
    ['26', '24', 'La respuesta es 24. No, en realidad son 26.'],
    ['26', '24', 'La risposta è 24. In realtà, è 26.'],
    ['26', '24', 'A resposta é 24. Na verdade, é 26.'],
    ['26', '24', '答案是24，不，应该是26。'],
    ['26', '24', '答案是24。更正：26。'],
    // Labels
    ['8', '9', 'Answer: 9\nCorrected answer: 8'],
    ['8', '9', '**Answer:** 9\n**Answer (corrected):** 8'],
    ['8', '9', 'Antwort: 9\nAntwort (korrigiert): 8'],
    ['8', '9', 'Respuesta: 9\nRespuesta (corregida): 8'],
    ['8', '9', 'Answer (updated): 8\nAnswer (original): 9'],
    ['8', '9', 'Answer: 9\nAnswer (after correction): 8'],
    ['8', '9', 'Answer: 9 (revised: 8)'],
    // A result that is amended within its sentence
    ['14', '12', 'The answer is 12, plus the two spare ones, which makes 14.'],
    ['14', '16', 'The total is 16, less the two that broke, which leaves 14.'],
    ['14', '12', "The answer isn't 12; it's two more: 14."],
    ['14', '12', 'We get 12 – but we must also count both ends – so 14.'],
    ['14', '12', 'This gives 12, but remember to add the 2 corners, hence 14.'],
    ['26', '24', 'There are 26 ways. Wait, did I count 24 of them twice? No, they are distinct, so 26 stands.'],
  ])('%s and not %s: %j', (right, wrong, reply) => {
    for (const grader of NUMERIC) {
      expect(verdict(grader, right, reply)).toBe('correct');
      expect(verdict(grader, wrong, reply)).not.toBe('correct');
    }
  });

  it.each([
    ['24', 'Die Antwort ist 24. Moment, das stimmt nicht.'],
    ['24', 'Die Antwort ist 24. Ich habe mich verrechnet.'],
    ['2', 'Die Antwort ist 24. Ich habe mich verrechnet, weil ich 2 vergessen habe.'],
    ['24', 'Die Antwort ist 24. Ich habe mich verrechnet, weil ich 2 vergessen habe.'],
    ['24', 'La réponse est 24. Non, je me suis trompé.'],
    ['3', "La réponse est 24. Je me suis trompé, car j'ai oublié 3."],
    ['24', 'La respuesta es 24. Me equivoqué.'],
    ['24', 'La risposta è 24. Ho sbagliato.'],
    ['24', 'A resposta é 24. Cometi um erro.'],
    ['24', '答案是24。我算错了。'],
    ['9', 'x equals 9, wait no, I forgot to subtract 1.'],
    ['1', 'x equals 9, wait no, I forgot to subtract 1.'],
  ])('%s is not the answer where none follows: %j', (gold, reply) => {
    for (const grader of NUMERIC) expect(verdict(grader, gold, reply)).not.toBe('correct');
  });
});

describe('words of correction that take nothing back', () => {
  it.each([
    ['14', '12', 'Der Verkäufer hat sich verrechnet und gibt 12 zurück. Die Antwort ist 14.'],
    ['14', '12', 'Die Antwort ist 14. Der Kassierer hat sich um 12 verrechnet.'],
    ['14', '12', 'Die Antwort ist 14. Manche sagen 12. Das stimmt nicht.'],
    ['14', '12', 'Zuerst kam ich auf 12. Ich habe mich verrechnet. Die Antwort ist 14.'],
    ['14', '12', 'Die Antwort ist 14. Ist es 12? Das stimmt nicht.'],
    ['14', '12', 'Die Antwort ist 14. Moment, ich prüfe noch: 14 - 2 = 12. Das stimmt.'],
    ['14', '12', 'Die Antwort ist 14. Eigentlich waren es am Anfang 12 Äpfel und 2 Birnen.'],
    ['14', '12', 'La réponse est 14. Le caissier s’est trompé de 12 euros.'],
    ['14', '12', "La réponse est 14. Certains disent 12. C'est faux."],
    ['14', '12', 'La réponse est 14. En fait, il y avait 12 pommes et 2 poires au début.'],
    ['14', '12', 'La respuesta es 14. El cajero se equivocó en 12 euros.'],
    ['14', '12', 'La respuesta es 14. Algunos dicen 12. Eso no es correcto.'],
    ['14', '12', 'La respuesta es 14. En realidad, 12 de ellas son rojas.'],
    ['14', '12', 'La risposta è 14. Il cassiere ha sbagliato di 12 euro.'],
    ['14', '12', 'A resposta é 14. O caixa errou em 12 reais.'],
    ['14', '12', 'Die Antwort ist 14. Tom bekam 12 heraus. Das ist falsch.'],
    ['14', '3', 'Die Antwort ist 14. Eigentlich gibt es 3 Wege.'],
    ['14', '3', 'Die Antwort ist 14. Moment, Tom hat 3 Äpfel, das passt.'],
    ['14', '3', 'La réponse est 14. En fait, il y a 3 méthodes.'],
    ['14', '2', 'La respuesta es 14. Espera, ¿olvidé 2? No, está bien.'],
    ['14', '3', 'La respuesta es 14. En realidad hay 3 maneras.'],
    ['14', '12', 'La respuesta es 14. Un alumno escribió 12. Eso es incorrecto.'],
    ['2', '5', 'La respuesta es 2. Error: 5.'],
    ['14', '2', '答案是14。等等，我漏了2个吗？没有，答案是14。'],
    ['14', '12', '小红说答案是12，这不对，答案是14。'],
    ['14', '6', 'The answer is 14. Wait, no, I need to check 6 first. It works: 6 + 8 = 14.'],
    ['14', '7', 'The answer is 14, but for the half it would be 7.'],
    ['14', '5', 'La machine a fait une erreur de 5. La réponse est 14.'],
    ['14', '2', '答案是14。错了2个的人得不到分。'],
    ['14', '12', '答案是14。店员算错了12元。'],
    ['14', '12', '答案是14。有人说是12。这不对。'],
    ['14', '12', '小明算错了，他得到12。答案是14。'],
    ['14', '12', 'The clerk made a mistake and gave 12. The answer is 14.'],
    ['14', '12', 'The answer is 14, which makes 12 more than before.'],
    ['14', '12', 'The answer is 14, plus or minus nothing. The 12 was only a step.'],
    ['14', '12', 'The answer is 14, but remember that 12 of them were red.'],
    ['14', '12', 'Answer: 14\nAnswer (first attempt): 12'],
  ])('%s and not %s: %j', (right, wrong, reply) => {
    expect(verdict('math', right, reply)).toBe('correct');
    for (const grader of NUMERIC) expect(verdict(grader, wrong, reply)).not.toBe('correct');
  });

  it('leaves a thought that was cut without an answer', () => {
    expect(verdict('math', '14', '<think>Die Antwort ist 12. Das stimmt nicht. 20 - 6 = 14.')).not.toBe('correct');
  });

  it('is quick with long replies of one word', () => {
    const start = performance.now();
    for (const word of [
      'Das stimmt nicht. ',
      'wait no, ',
      '我算错了，',
      'but hence ',
      '9 - but ',
      'answer (revised): ',
      '. ich ',
      'moment, ',
      'is 9, minus ',
    ])
      withoutCorrected(word.repeat(100_000 / word.length));
    expect(performance.now() - start).toBeLessThan(1_500);
  });
});
