import koffi from 'koffi';

/** prctl.h */
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * Ends this process when the one that started it ends, however that happens. The end of standard input says so everywhere, to a process whose
 * event loop turns; on Linux the kernel kills it even while a driver keeps it, and on Windows libuv's job object does. Not `process.exit`,
 * which waits for drivers.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  if (process.platform === 'linux') koffi.load(null).func('int prctl(int option, unsigned long signal)')(PR_SET_PDEATHSIG, SIGKILL);
  if (process.ppid !== parent) end(); // it died before the kernel knew
  process.stdin.on('end', end).on('error', end);
}

const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};
