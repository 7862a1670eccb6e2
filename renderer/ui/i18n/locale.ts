/** The language of the catalogue and the conventions of its figures and dates: they change together. */
export const locale = 'en-GB';

const rules = new Intl.PluralRules(locale);

/** Picks the form for a count: `plural(n, { one: 'job', other: 'jobs' })`. */
export const plural = (count: number, forms: { readonly one: string; readonly other: string }): string =>
  rules.select(count) === 'one' ? forms.one : forms.other;
