import { numbersSpec, parseNumbersOrFile, plainNumbers } from './generic.js';

/** `instance_label`: numbers of objects, or of the object at each pixel; uint32 of any shape, without names. */
export const instanceLabel = numbersSpec('instance_label', 'uint32', {
  parse: parseNumbersOrFile,
  numbers: plainNumbers,
});
