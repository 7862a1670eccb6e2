import type { Currency } from '../../../src/contract/model/money.ts';
import type { DeviceCost } from '../../../src/contract/model/power.ts';
import { formatCredits, type MoneyDigits } from '../../ui/format/money.ts';
import { t } from '../../ui/i18n/t.ts';

/** Electricity has its price also before this worker has joined a network: then in credits, which are one US dollar each. */
export const formatAmount = (micro: number, currency: Currency | null, digits: MoneyDigits): string =>
  `${formatCredits(micro, digits)} ${currency ?? t('cost.credits')}`;

export const VERDICT_TONE: Readonly<Record<DeviceCost['verdict'], string>> = {
  earns: 'text-good',
  loses: 'text-warn',
  unknown: 'text-muted',
};
