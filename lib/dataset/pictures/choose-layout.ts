/** Chooses the one size that all pictures of a column are brought to. */
import type { PictureFacts, PictureLayout, PictureWish } from '../../contracts/pictures.ts';
import { fileError } from '../upload-error.ts';

/** What is known of a column's pictures before any of them is decoded. */
export interface PictureSurvey {
  /** Pictures that can be read. */
  readonly count: number;
  /** How many there are of each size, keys as `width x height`. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Those without colours. */
  readonly grey: number;
}

/**
 * The longest side where nothing is said: every pixel is a column to learn from, and what most learners tell apart, they
 * tell apart at this size.
 */
const longestSide = 64;
/** Of all pictures together, where nothing is said: half a gigabyte in the 32-bit floats that learners take. */
const usualValues = 134_217_728;
/** Of all pictures together, whatever is said. */
const mostValues = 536_870_912;

/**
 * The size that was wished for; else the one that at least half of the pictures have, else a square, no larger than
 * learners can make use of.
 *
 * @throws invalid_request `pictures_too_large` for a wish that no training has the memory for
 */
export function chooseLayout(
  survey: PictureSurvey,
  wish: PictureWish | undefined,
  fileName: string,
): PictureLayout {
  const channels = wish?.channels ?? (survey.grey === survey.count ? 1 : 3);
  if (wish !== undefined) {
    const { width, height, fit = 'cover' } = wish;
    const values = survey.count * width * height * channels;
    if (values <= mostValues) return { width, height, channels, fit };
    throw fileError(fileName, {
      code: 'pictures_too_large',
      message: `${survey.count} pictures of ${width} x ${height} are ${(values / 1e6).toFixed(0)} million values; at most ${(mostValues / 1e6).toFixed(0)} million can be learnt from. Ask for a smaller size in preprocess.image, or send fewer pictures.`,
    });
  }
  const [width, height] = usualSize(survey);
  const bySide = longestSide / Math.max(width, height);
  const byMemory = Math.sqrt(usualValues / (survey.count * width * height * channels));
  const scale = Math.min(1, bySide, byMemory);
  const shrunk = (side: number): number => Math.max(1, Math.floor(side * scale));
  return { width: shrunk(width), height: shrunk(height), channels, fit: 'cover' };
}

function usualSize({ count, sizes }: PictureSurvey): readonly [width: number, height: number] {
  const [most] = mostFrequent(sizes);
  if (most !== undefined && 2 * most.count >= count) return [most.width, most.height];
  const sides = [...sizes].flatMap(([size, times]): readonly number[] => {
    const { width, height } = sizeOf(size);
    return Array<number>(times).fill(Math.min(width, height));
  });
  const median = sides.sort((left, right) => left - right)[Math.floor((sides.length - 1) / 2)] ?? 1;
  return [median, median];
}

/** What a profile says of the pictures. */
export function factsOf({ sizes, grey }: PictureSurvey, layout: PictureLayout): PictureFacts {
  return { layout, grey, distinct_sizes: sizes.size, sizes: mostFrequent(sizes).slice(0, 10) };
}

type CountedSize = PictureFacts['sizes'][number];

function mostFrequent(sizes: PictureSurvey['sizes']): CountedSize[] {
  return [...sizes]
    .map(([size, count]) => ({ ...sizeOf(size), count }))
    .sort(
      (left, right) => right.count - left.count || left.width - right.width || left.height - right.height,
    );
}

function sizeOf(size: string): { readonly width: number; readonly height: number } {
  const [width, height] = size.split(' x ').map(Number);
  return { width: width!, height: height! };
}
