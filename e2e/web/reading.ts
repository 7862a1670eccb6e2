import { expect, type Page } from '@playwright/test';

/** A control, landmark or picture without a name in the accessibility tree, or a page without exactly one h1 and one main. */
export async function expectReadable(page: Page): Promise<void> {
  const tree = await page.locator('body').ariaSnapshot();
  const nameless = tree
    .split('\n')
    .filter((line) =>
      /^\s*- (button|link|textbox|combobox|grid|gridcell|checkbox|radio|switch|menuitem|img|region|progressbar|dialog|alertdialog|table|application)\b(?! ["/])/.test(
        line,
      ),
    );
  expect(nameless, 'without a name').toEqual([]);
  await expect(page.locator('h1')).toHaveCount(1);
  await expect(page.locator('main')).toHaveCount(1);
  const ids = await page.locator('[id]').evaluateAll((all) => all.map((element) => element.id));
  expect(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    'ids used twice',
  ).toEqual([]);
}

/** WCAG 2.2 AA: 4.5:1 for every text that is seen, 3:1 for large ones; from computed styles, backgrounds composed down to the page. */
export async function expectContrast(page: Page): Promise<void> {
  const weak = await page.evaluate(() => {
    type Rgba = readonly [number, number, number, number];
    const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    if (pixel === null) throw new Error('no canvas');
    const parse = (colour: string): Rgba => {
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = colour;
      pixel.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = pixel.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a]: Rgba, under: Rgba): Rgba => [
      r * a + under[0] * (1 - a),
      g * a + under[1] * (1 - a),
      b * a + under[2] * (1 - a),
      1,
    ];
    const backgroundOf = (element: Element | null): Rgba =>
      element === null
        ? parse('Canvas')
        : ((own) => (own[3] === 1 ? own : over(own, backgroundOf(element.parentElement))))(
            parse(getComputedStyle(element).backgroundColor),
          );
    const luminance = ([r, g, b]: Rgba): number => {
      const linear = (value: number): number => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element === null || node.textContent?.trim() === '' || !element.checkVisibility({ opacityProperty: true })) continue;
      if (element.closest('[aria-disabled=true], [data-disabled], .sr-only, [inert], [aria-hidden=true]')) continue;
      const style = getComputedStyle(element);
      const behind = backgroundOf(element);
      const [light, dark] = [luminance(over(parse(style.color), behind)), luminance(behind)].sort((a, b) => b - a) as [number, number];
      const ratio = (light + 0.05) / (dark + 0.05);
      const sizePx = Number.parseFloat(style.fontSize);
      const isLarge = sizePx >= 24 || (sizePx >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}:1 "${node.textContent?.trim().slice(0, 40)}"`);
    }
    return found;
  });
  expect(weak, 'texts with too little contrast').toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const { wide, seen } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    seen: document.documentElement.clientWidth,
  }));
  expect(wide, 'width of the page').toBeLessThanOrEqual(seen);
}
