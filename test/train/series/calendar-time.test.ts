import { expect, it } from 'vitest';
import { createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import { type CalendarPart, emitCalendarTime } from '../../../lib/train/series/emit-calendar-time.ts';

const parts: readonly CalendarPart[] = ['minute_of_day', 'weekday', 'day', 'day_of_year', 'month'];

/** What JavaScript's own calendar says; Monday is 0, and years begin in March. */
function partsOf(date: Date): number[] {
  const march = Date.UTC(date.getUTCFullYear() - (date.getUTCMonth() < 2 ? 1 : 0), 2, 1);
  return [
    date.getUTCHours() * 60 + date.getUTCMinutes(),
    (date.getUTCDay() + 6) % 7,
    date.getUTCDate(),
    Math.floor((date.getTime() - march) / 86_400_000),
    date.getUTCMonth() + 1,
  ];
}

it('takes moments apart as the calendar of JavaScript does, in every month of 500 years', async () => {
  const builder = createGraphBuilder('calendar');
  const time = builder.input('time', 'int64', ['N', 1]);
  builder.output('parts', emitCalendarTime(builder, time, parts), 'float32', ['N', 1, parts.length]);
  const session = await createSession(encodeModel(builder.model()));
  const dates = Array.from({ length: 500 * 12 * 3 }, (_, index) => {
    const day = [1, 28, 31][index % 3]!;
    return new Date(Date.UTC(1700, Math.floor(index / 3), day, index % 24, index % 60));
  });
  const seconds = BigInt64Array.from(dates, (date) => BigInt(date.getTime() / 1000));

  const found = await session.run({ time: { type: 'int64', dims: [dates.length, 1], data: seconds } });

  await session.release();
  expect([...(found.parts!.data as Float32Array)]).toEqual(dates.flatMap(partsOf));
});
