import { describe, expect, it } from 'vitest';
import { linkNote, linkNowText, linkText } from './link-text.ts';

const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('the link of a card', () => {
  it('is named by what it can do, because cards slow it down while idle', () => {
    const idle = { generation: 1, width: 16, maxGeneration: 4, maxWidth: 16 };
    expect(plain(linkText(idle))).toBe('PCIe 4.0 ×16');
    expect(plain(linkNowText(idle))).toBe('PCIe 1.0 ×16, at most PCIe 4.0 ×16');
    expect(linkNote(idle)).toContain('idle');
  });

  it('says of a riser what it means, without blame', () => {
    const riser = { generation: 3, width: 1, maxGeneration: 3, maxWidth: 16 };
    expect(plain(linkText(riser))).toBe('PCIe 3.0 ×1');
    expect(linkNote(riser)).toContain('riser');
  });

  it('has nothing to add at full speed, and says what is unknown', () => {
    expect(linkNote({ generation: 4, width: 16, maxGeneration: 4, maxWidth: 16 })).toBeNull();
    expect(plain(linkText({ generation: null, width: null, maxGeneration: null, maxWidth: null }))).toBe('PCIe ? ×?');
    expect(plain(linkNowText({ generation: 4, width: 16, maxGeneration: null, maxWidth: null }))).toBe('PCIe 4.0 ×16');
  });
});
