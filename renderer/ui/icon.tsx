/** One stroke each on a 16 px grid. */
const PATHS = {
  now: 'M13.2 9.6A5.6 5.6 0 1 1 6.4 2.8a4.5 4.5 0 0 0 6.8 6.8Z',
  earnings: 'M2.5 13.5h11M4 11V8.5M8 11V3.5M12 11V6',
  devices: 'M4.5 4.5h7v7h-7ZM6.5 6.5h3v3h-3ZM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  why: 'M6.1 6.1a1.9 1.9 0 1 1 2.7 1.7c-.5.3-.8.6-.8 1.2M8 11.3v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  yields: 'M2.5 8h3l1.5-4 2.5 8 1.5-4h2.5',
  sandbox: 'M8 1.8 3 3.7v4c0 3.2 2.1 5.4 5 6.5 2.9-1.1 5-3.3 5-6.5v-4Z',
  holds: 'M8 1.8 3 3.7v4c0 3.2 2.1 5.4 5 6.5 2.9-1.1 5-3.3 5-6.5v-4ZM5.7 8l1.7 1.7 3-3.4',
  settings:
    'M2.5 4.5h5M10.5 4.5h3M2.5 11.5h3M8.5 11.5h5M9 6a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM7 13a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z',
  minus: 'M4 8h8',
  undo: 'M5.5 3 3 5.5 5.5 8M3 5.5h6.5a3.5 3.5 0 0 1 0 7H6',
  lock: 'M4 7.5h8v6H4ZM5.5 7.5V5.2a2.5 2.5 0 0 1 5 0v2.3',
  plus: 'M8 3.5v9M3.5 8h9',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.6 8Z',
  stop: 'M4 4h8v8H4Z',
  copy: 'M5.5 5.5h7v7h-7ZM3.5 10.5v-7h7',
  check: 'm3.5 8.5 3 3 6-7',
  alert: 'M8 2.5 14 13H2ZM8 6.5v3M8 11.2v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.6M8 5v.1',
  wait: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4',
  chevron: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  close: 'm4 4 8 8M12 4l-8 8',
  sun: 'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6ZM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  screen: 'M2.5 3.5h11v7.5h-11ZM6 13.5h4',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = 'size-4' }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={`${className} shrink-0`}
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
