import { Component, type ReactNode } from 'react';
import { t } from '../../ui/i18n/t.ts';
import { FullScreen } from './full-screen.tsx';

/** The one place where an unexpected error of the page ends. React has already written it to the console. */
export class CrashScreen extends Component<{ readonly children: ReactNode }, { readonly crashed: boolean }> {
  override readonly state = { crashed: false };

  static getDerivedStateFromError(): { readonly crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    return this.state.crashed ? <FullScreen title={t('crashed')} detail={t('crashed.detail')} reload /> : this.props.children;
  }
}
