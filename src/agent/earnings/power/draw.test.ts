import { describe, expect, it } from 'vitest';
import { drawOf } from './draw.ts';
import { CPU, GPU, resultOf } from './testing/machine.ts';

const NOTHING = { result: null, statedW: null, supplyEfficiency: 1 };
const LIMITED = { ...GPU, powerLimitW: { value: 200, source: 'NVML' } };

describe('what work adds to the draw', () => {
  it('is what was measured beyond idle, and the processor that feeds a GPU, from the wall', () => {
    const draw = drawOf(LIMITED, { result: resultOf(20, 196, 200), statedW: 170, supplyEfficiency: 0.92 });
    expect(draw).toEqual({
      drawW: 200,
      source: 'measured',
      detail:
        "Measured by its last benchmark (NVML): 196 W under load, 20 W idle. Without what it draws idle, and with 8 W for the processor that feeds it and the power supply's loss, that is 200 W from the wall.",
    });
  });

  it('is the power limit where nothing was measured, or not at this limit', () => {
    const limit = { drawW: 198, source: 'limit' };
    expect(drawOf(LIMITED, { ...NOTHING, statedW: 170 })).toMatchObject(limit);
    expect(drawOf(LIMITED, { ...NOTHING, result: resultOf(null, 196, 200) })).toMatchObject(limit);
    expect(drawOf(LIMITED, { ...NOTHING, result: resultOf(20, 300, 320) }), 'it was lowered since').toMatchObject(limit);
    expect(drawOf(LIMITED, { ...NOTHING, result: resultOf(50, 50, 200) }), 'no load was seen').toMatchObject(limit);
    expect(drawOf(LIMITED, { ...NOTHING, result: resultOf(20, 180, 200.4) })).toMatchObject({ source: 'measured' });
  });

  it('is what the maker states where there is no limit to read', () => {
    const draw = drawOf(GPU, { ...NOTHING, statedW: 170 });
    expect(draw).toMatchObject({ drawW: 169.5, source: 'model' });
    expect(draw.detail).toContain('The maker states 170 W');
  });

  it('is a guess by the class else: a processor by its threads, a GPU by its memory', () => {
    const guess = (device: typeof CPU) => drawOf(device, NOTHING);
    expect(guess(CPU)).toMatchObject({ drawW: 121.6, source: 'guess' });
    expect(guess(CPU).detail).toContain('A guess from its 16 threads: 128 W');
    expect(guess({ ...CPU, cores: 1 }).detail).toContain('1 thread:');
    expect(guess({ ...CPU, cores: 192 }).drawW).toBe(699.2);
    expect(guess(GPU)).toMatchObject({ drawW: 340.5, source: 'guess' });
    expect(guess({ ...GPU, memoryBytes: { value: 80 * 2 ** 30, source: 't' } }).drawW).toBe(673);
    expect(guess({ ...GPU, form: 'integrated' }).drawW).toBe(69.8);
    expect(guess({ ...GPU, memoryBytes: null }).detail).toContain('its memory is not known');
  });
});
