import { EventEmitter } from 'node:events';
import type { Session, WebContents } from 'electron';
import { expect, test } from 'vitest';
import { harden, isAllowedNavigation, webPreferences } from './security.ts';

const origin = 'http://127.0.0.1:7410';

test('a page gets neither Node nor a way out of its sandbox', () => {
  expect(webPreferences).toMatchObject({ contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false });
});

test.each([
  ['http://127.0.0.1:7410/', true],
  ['http://127.0.0.1:7410/#token=ui_x', true],
  ['http://127.0.0.1:7411/', false],
  ['https://127.0.0.1:7410/', false],
  ['http://localhost:7410/', false],
  ['http://127.0.0.1:7410@evil.example/', false],
  ['http://127.0.0.1:7410.evil.example/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['', false],
])('navigation to %s is allowed: %s', (url, allowed) => {
  expect(isAllowedNavigation(url, origin)).toBe(allowed);
});

/** Stands in for Electron's objects, whose binary a machine may lack: records the handlers that are set. */
function hardened() {
  const handlers: Record<string, (...args: readonly unknown[]) => unknown> = {};
  const recorder = (name: string) => (handler: (...args: readonly unknown[]) => unknown) => {
    handlers[name] = handler;
  };
  const contents = Object.assign(new EventEmitter(), { setWindowOpenHandler: recorder('open') });
  const session = {
    setPermissionRequestHandler: recorder('request'),
    setPermissionCheckHandler: recorder('check'),
    setDevicePermissionHandler: recorder('device'),
  };
  harden(contents as unknown as WebContents, session as unknown as Session, origin);
  return { contents, handlers };
}

test('every permission and every new window is denied', () => {
  const { handlers } = hardened();
  let granted: unknown;
  handlers.request?.(null, 'media', (decision: unknown) => {
    granted = decision;
  });
  expect(granted).toBe(false);
  expect(handlers.check?.()).toBe(false);
  expect(handlers.device?.()).toBe(false);
  expect(handlers.open?.({ url: `${origin}/` })).toEqual({ action: 'deny' });
});

test.each(['will-frame-navigate', 'will-redirect'])('%s leads nowhere but to the UI', (name) => {
  const { contents } = hardened();
  const prevented = (url: string): boolean => {
    let isPrevented = false;
    contents.emit(name, {
      url,
      preventDefault: () => {
        isPrevented = true;
      },
    });
    return isPrevented;
  };
  expect(prevented('https://example.com/')).toBe(true);
  expect(prevented(`${origin}/#/devices`)).toBe(false);
});
