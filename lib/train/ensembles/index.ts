/** Ensembles: learners whose answers are joined into one, in one graph. */
export { fitAverage } from './average.ts';
export { answersOf } from './fit-member.ts';
export { fitStacking, type Stacked } from './stacking.ts';
