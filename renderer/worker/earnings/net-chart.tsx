import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { Earnings } from '../../../src/contract/worker-api.ts';
import { Card } from '../../ui/card.tsx';
import { formatCredits, formatMoney } from '../../ui/format/money.ts';
import { formatLedgerDay } from '../../ui/format/time.ts';
import { t } from '../../ui/i18n/t.ts';
import { Money } from '../../ui/money.tsx';
import { useWorker } from '../store.ts';

const HEIGHT_PX = 148;
const TICK = { fill: 'var(--color-muted)', fontSize: 12 };

type Day = Earnings['days'][number];

/** Net per day. The bars are read with the arrow keys; the same figures stand in a table for a screen reader. */
export function NetChart() {
  const days = useWorker((state) => state.earnings.days);
  const currency = useWorker((state) => state.earnings.currency);
  const sumMicro = days.reduce((sum, day) => sum + day.netMicro, 0);
  const empty = days.every((day) => day.netMicro === 0);
  return (
    <Card
      title={t('chart.title')}
      testId="net-chart"
      aside={
        <p className="text-[13px] text-muted tabular-nums">
          {empty || currency === null ? t('chart.range') : t('chart.sum', { sum: formatMoney(sumMicro, currency) })}
        </p>
      }
    >
      {empty ? (
        <p
          className="flex items-center justify-center rounded-lg border border-dashed border-line text-muted"
          style={{ height: HEIGHT_PX }}
        >
          {t('chart.empty')}
        </p>
      ) : (
        <>
          <ResponsiveContainer width="100%" height={HEIGHT_PX}>
            <BarChart
              data={days}
              accessibilityLayer
              title={t('chart.title')}
              desc={t('chart.describe')}
              margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
            >
              <CartesianGrid vertical={false} stroke="var(--color-line)" />
              <XAxis
                dataKey="day"
                tickFormatter={formatLedgerDay}
                tick={TICK}
                tickLine={false}
                axisLine={{ stroke: 'var(--color-line-strong)' }}
                minTickGap={24}
                height={24}
              />
              <YAxis
                tickFormatter={(micro: number) => formatCredits(Math.round(micro))}
                tick={TICK}
                tickLine={false}
                axisLine={false}
                width={80}
                tickCount={4}
              />
              <Tooltip
                content={({ payload }) => <DayTip day={payload[0]?.payload} />}
                cursor={{ fill: 'var(--color-raised)' }}
                isAnimationActive={false}
              />
              <Bar dataKey="netMicro" fill="var(--color-accent)" radius={[3, 3, 0, 0]} maxBarSize={32} isAnimationActive={false} />
            </BarChart>
          </ResponsiveContainer>
          <DayTable days={days} />
        </>
      )}
    </Card>
  );
}

function DayTip({ day }: { readonly day: Day | undefined }) {
  const currency = useWorker((state) => state.earnings.currency);
  if (day === undefined) return null;
  return (
    <div className="rounded-lg border border-line bg-raised px-3 py-2 text-[13px] shadow-float">
      <p className="text-muted">{formatLedgerDay(day.day)}</p>
      <p className="font-medium">
        {t('chart.net')} <Money micro={day.netMicro} currency={currency} />
      </p>
      <p className="text-muted">
        {t('chart.fee')} <Money micro={day.feeMicro} currency={currency} />
      </p>
    </div>
  );
}

function DayTable({ days }: { readonly days: readonly Day[] }) {
  const currency = useWorker((state) => state.earnings.currency);
  return (
    <table className="sr-only">
      <caption>
        {t('chart.title')}, {t('chart.range')}
      </caption>
      <thead>
        <tr>
          <th scope="col">{t('chart.day')}</th>
          <th scope="col">{t('chart.net')}</th>
          <th scope="col">{t('chart.fee')}</th>
        </tr>
      </thead>
      <tbody>
        {days.map((day) => (
          <tr key={day.day}>
            <th scope="row">{formatLedgerDay(day.day)}</th>
            <td>{formatMoney(day.netMicro, currency)}</td>
            <td>{formatMoney(day.feeMicro, currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
