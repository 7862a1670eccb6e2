import './zod-jitless.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { applyAppearance } from '../ui/appearance.ts';
import '../ui/theme.css';
import { App } from './app.tsx';
import { connect } from './connection.ts';
import { CrashScreen } from './shell/crash-screen.tsx';
import { useWorkerStore } from './store.ts';
import { hasTokenInAddress, takeToken } from './token.ts';

applyAppearance();

const token = takeToken(window);
if (token === null) useWorkerStore.setState({ connection: { kind: 'refused' } });
else connect(window.location.host, token, useWorkerStore);

window.addEventListener('hashchange', () => {
  if (hasTokenInAddress(window)) window.location.reload();
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <CrashScreen>
      <App />
    </CrashScreen>
  </StrictMode>,
);
