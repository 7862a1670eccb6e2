import { type KeyboardEvent, type MouseEvent, type PointerEvent, useRef, useState } from 'react';
import { t } from '../../ui/i18n/t.ts';
import { isCell, type Layout, moveTo, type Place, placeRectangle } from './grid-place.ts';
import { type GridWords, placeLabel, shortDay } from './grid-words.ts';
import { useWide } from './use-wide.ts';
import { countCells, DAYS, HOURS, inRectangle, isOpen, paint, type Rectangle, toggle, type WeekHours, WHOLE_WEEK } from './week-hours.ts';

const ALL_DAYS = Array.from({ length: DAYS }, (_, day) => day);
const ALL_HOURS = Array.from({ length: HOURS }, (_, hour) => hour);
const START: Place = { day: 0, hour: 0 };

interface Drag {
  readonly from: Place;
  readonly to: Place;
  readonly open: boolean;
}

const samePlace = (a: Place, b: Place): boolean => a.day === b.day && a.hour === b.hour;

function readPlace(target: EventTarget | null): Place | null {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-day]') : null;
  return element === null ? null : { day: Number(element.dataset.day), hour: Number(element.dataset.hour) };
}

/**
 * Seven days of 24 hours. By mouse: a press switches, a drag paints a rectangle, headers switch a whole day or hour. By touch: a tap
 * switches, so that the page still scrolls. By keyboard: one stop for Tab; arrows move, Space switches, Shift with arrows takes several.
 */
export function WeekGrid(props: {
  readonly words: GridWords;
  readonly week: WeekHours;
  readonly possible: boolean;
  readonly onChange: (week: number[]) => void;
}) {
  const { words, week, possible, onChange } = props;
  const layout: Layout = useWide() ? 'days-down' : 'days-across';
  const [place, setPlace] = useState<Place>(START);
  /** The other corner of what Shift has taken. */
  const [anchor, setAnchor] = useState<Place | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState('');
  const grid = useRef<HTMLTableElement>(null);
  const pressedWith = useRef<string | null>(null);

  const taken: Rectangle | null = anchor === null ? null : { from: anchor, to: place };
  const shown = drag === null ? week : paint(week, drag, drag.open);

  const say = (open: boolean, count: number): void => setSaid(t(`grid.${words}.said.${open ? 'on' : 'off'}`, { count }));
  const switchAll = (rectangle: Rectangle): void => {
    if (!possible) return;
    const next = toggle(week, rectangle);
    onChange(next.week);
    say(next.open, countCells(rectangle));
  };
  const goTo = (next: Place): void => {
    setPlace(next);
    grid.current?.querySelector<HTMLElement>(`[data-day="${next.day}"][data-hour="${next.hour}"]`)?.focus();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const ctrl = event.ctrlKey || event.metaKey;
    const next = moveTo(place, event.key, ctrl, layout);
    if (next !== null) {
      const takes = event.shiftKey && isCell(place) && isCell(next);
      setAnchor(takes ? (anchor ?? place) : null);
      if (!event.shiftKey || takes) goTo(next);
    } else if (event.key === ' ' || event.key === 'Enter') {
      switchAll(taken ?? placeRectangle(place));
    } else if (ctrl && event.key.toLowerCase() === 'a') {
      setAnchor(WHOLE_WEEK.from);
      goTo(WHOLE_WEEK.to);
    } else if (event.key === 'Escape' && anchor !== null) {
      setAnchor(null);
    } else return;
    event.preventDefault();
  };

  const onPointerDown = (event: PointerEvent): void => {
    pressedWith.current = event.pointerType;
    const from = readPlace(event.target);
    if (from === null) return;
    setPlace(from);
    setAnchor(null);
    if (!possible || event.button !== 0 || event.pointerType === 'touch' || !isCell(from)) return;
    grid.current?.setPointerCapture(event.pointerId);
    setDrag({ from, to: from, open: !isOpen(week, from) });
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (drag === null) return;
    const to = readPlace(document.elementFromPoint(event.clientX, event.clientY));
    if (to !== null && isCell(to) && !samePlace(to, drag.to)) setDrag({ ...drag, to });
  };
  const onPointerUp = (): void => {
    if (drag === null) return;
    onChange(paint(week, drag, drag.open));
    say(drag.open, countCells(drag));
    setDrag(null);
    goTo(drag.to);
  };
  /** Headers, cells under a finger, and the press of a screen reader, which has no pointer; what a mouse or pen has painted is done already. */
  const onClick = (event: MouseEvent): void => {
    const at = readPlace(event.target);
    const painted = pressedWith.current === 'mouse' || pressedWith.current === 'pen';
    pressedWith.current = null;
    if (at !== null && !(painted && isCell(at))) switchAll(placeRectangle(at));
  };

  const spot = (at: Place) => (
    <Spot
      key={`${at.day} ${at.hour}`}
      words={words}
      place={at}
      week={shown}
      layout={layout}
      isStop={samePlace(at, place)}
      isTaken={taken !== null && isCell(at) && inRectangle(taken, at)}
    />
  );
  const row = (index: number) =>
    layout === 'days-down'
      ? [-1, ...ALL_HOURS].map((hour) => spot({ day: index, hour }))
      : [-1, ...ALL_DAYS].map((day) => spot({ day, hour: index }));
  return (
    <>
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: WAI-ARIA names a table as what a grid may be made of
        role="grid"
        tabIndex={-1}
        aria-label={t(`grid.${words}.label`)}
        aria-multiselectable="true"
        aria-readonly={!possible || undefined}
        data-testid={words === 'schedule' ? 'week-grid' : 'period-grid'}
        data-layout={layout}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(null)}
        onClick={onClick}
        className={`w-full table-fixed border-separate border-spacing-0 select-none ${possible ? 'cursor-pointer' : 'cursor-not-allowed opacity-70'}`}
      >
        <thead>
          <tr>{row(-1)}</tr>
        </thead>
        <tbody>
          {(layout === 'days-down' ? ALL_DAYS : ALL_HOURS).map((index) => (
            <tr key={index}>{row(index)}</tr>
          ))}
        </tbody>
      </table>
      <p role="status" className="sr-only">
        {said}
      </p>
    </>
  );
}

function Spot(props: {
  readonly words: GridWords;
  readonly place: Place;
  readonly week: WeekHours;
  readonly layout: Layout;
  readonly isStop: boolean;
  readonly isTaken: boolean;
}) {
  const { words, place, week, layout, isStop, isTaken } = props;
  const { day, hour } = place;
  const name = placeLabel(words, week, place);
  if (!isCell(place)) {
    const isColumn = layout === 'days-down' ? day < 0 : hour < 0;
    const isCorner = day < 0 && hour < 0;
    return (
      <th
        scope={isColumn ? 'col' : 'row'}
        data-day={day}
        data-hour={hour}
        tabIndex={isStop ? 0 : -1}
        aria-label={name}
        className={`h-6 rounded text-xs font-normal text-muted tabular-nums hover:bg-raised hover:text-ink focus-visible:outline-offset-0 ${isCorner ? 'w-11' : ''}`}
      >
        {headerText(place, layout)}
      </th>
    );
  }
  const open = isOpen(week, place);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: a td of a grid is a gridcell, which may be selected
    <td
      data-day={day}
      data-hour={hour}
      data-open={open}
      tabIndex={isStop ? 0 : -1}
      aria-label={name}
      aria-selected={isTaken}
      className={`${layout === 'days-down' ? 'h-7' : 'h-6'} p-px focus-visible:outline-offset-0`}
    >
      <span
        data-fill={open ? '' : undefined}
        className={`block h-full rounded-xs ${open ? 'bg-accent' : 'border border-line bg-canvas'} ${isTaken ? 'ring-2 ring-ink ring-inset' : ''}`}
      />
    </td>
  );
}

/** Every third hour where they stand side by side: more do not fit. */
function headerText({ day, hour }: Place, layout: Layout): string {
  if (day >= 0) return shortDay(day);
  if (hour < 0) return t('grid.all.short');
  return layout === 'days-down' && hour % 3 !== 0 ? '' : String(hour).padStart(2, '0');
}
