import { describe, expect, it } from 'vitest';
import { moveTo, placeRectangle } from './grid-place.ts';
import { countCells } from './week-hours.ts';

describe('places of the grid', () => {
  it('moves as the eye sees it in both layouts', () => {
    const from = { day: 2, hour: 10 };
    expect(moveTo(from, 'ArrowRight', false, 'days-down')).toEqual({ day: 2, hour: 11 });
    expect(moveTo(from, 'ArrowRight', false, 'days-across')).toEqual({ day: 3, hour: 10 });
    expect(moveTo(from, 'ArrowUp', false, 'days-down')).toEqual({ day: 1, hour: 10 });
    expect(moveTo(from, 'ArrowUp', false, 'days-across')).toEqual({ day: 2, hour: 9 });
    expect(moveTo(from, 'Home', false, 'days-across')).toEqual({ day: 0, hour: 10 });
    expect(moveTo(from, 'End', false, 'days-down')).toEqual({ day: 2, hour: 23 });
    expect(moveTo(from, 'Home', true, 'days-down')).toEqual({ day: 0, hour: 0 });
    expect(moveTo(from, 'End', true, 'days-across')).toEqual({ day: 6, hour: 23 });
    expect(moveTo(from, 'x', false, 'days-down')).toBeNull();
  });

  it('stops at the headers and at the far edges', () => {
    expect(moveTo({ day: 0, hour: 0 }, 'ArrowLeft', false, 'days-down')).toEqual({ day: 0, hour: -1 });
    expect(moveTo({ day: 0, hour: -1 }, 'ArrowLeft', false, 'days-down')).toEqual({ day: 0, hour: -1 });
    expect(moveTo({ day: 6, hour: 23 }, 'ArrowDown', false, 'days-across')).toEqual({ day: 6, hour: 23 });
  });

  it('stands for an hour, a day, an hour of each day, or the week', () => {
    const sizes = [
      { day: 4, hour: 7 },
      { day: 4, hour: -1 },
      { day: -1, hour: 7 },
      { day: -1, hour: -1 },
    ].map((place) => countCells(placeRectangle(place)));
    expect(sizes).toEqual([1, 24, 7, 168]);
  });
});
