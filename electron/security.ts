import type { Session, WebContents, WebPreferences } from 'electron';

/** A window that shows our UI as a browser would: no Node, its own process under the OS sandbox, no page within the page. */
export const webPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false, // its dictionaries come from the network
} as const satisfies WebPreferences;

/** Whether the window may go there: to the UI that the agent serves, and nowhere else. */
export function isAllowedNavigation(url: string, uiOrigin: string): boolean {
  return URL.canParse(url) && new URL(url).origin === uiOrigin;
}

/** Denies every permission, window and webview, and all navigation away from the UI. */
export function harden(contents: WebContents, session: Session, uiOrigin: string): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  const stayInside = (event: { readonly url: string; preventDefault(): void }): void => {
    if (!isAllowedNavigation(event.url, uiOrigin)) event.preventDefault();
  };
  contents.on('will-frame-navigate', stayInside); // fires for the main frame too
  contents.on('will-redirect', stayInside);
}
