import type { HardwareDevice } from '../../../src/contract/model/device.ts';
import { CodeText } from '../../ui/code-text.tsx';
import { t } from '../../ui/i18n/t.ts';
import { leasePhase } from '../now/headline.ts';
import { useSetting } from '../settings/use-setting.ts';
import { ShareSwitch } from '../share-switch.tsx';
import { useWorker } from '../store.ts';
import { Fix } from './health.tsx';
import { isShared, type Sharing, sharingOf } from './sharing.ts';

export function useSharing(device: HardwareDevice): Sharing {
  const off = useWorker((state) => state.settings.values['devices.off']);
  const presence = useWorker((state) => state.presence.devices);
  const engine = useWorker((state) => state.sandbox.engine.kind);
  const isBusy = useWorker((state) => state.leases.some((lease) => lease.deviceId === device.id && leasePhase(lease.step) === 'running'));
  return sharingOf(device, { off, presence, engine, isBusy });
}

/** Whether it is shared, in words, with the switch where a switch is all it takes. */
export function SharingSwitch({ device }: { readonly device: HardwareDevice }) {
  const sharing = useSharing(device);
  const held = useSetting('devices.off');
  const hasSwitch = sharing.kind !== 'never' && sharing.kind !== 'impossible';
  return (
    <div className="flex min-w-0 items-center justify-end gap-2.5" data-testid="sharing" data-sharing={sharing.kind}>
      <span className={`text-right text-[13px] text-pretty ${isShared(sharing) ? '' : 'text-muted'}`}>
        {held.progress.kind === 'failed' ? (
          <span role="alert">{t('sharing.failed', { detail: held.progress.text })}</span>
        ) : (
          sharingText(sharing)
        )}
      </span>
      {hasSwitch && <ShareSwitch device={device} held={held} />}
    </div>
  );
}

function sharingText(sharing: Sharing): string {
  return sharing.kind === 'held' ? t('sharing.held', { reason: t(`reason.${sharing.code}`) }) : t(`sharing.${sharing.kind}`);
}

/** Why it cannot be shared, and what would change that; nothing where it can. */
export function UnshareableNote({ device }: { readonly device: HardwareDevice }) {
  if (device.unshareable === null || device.kind === 'software' || device.health.kind === 'lost') return null;
  return (
    <div data-testid="unshareable" className="rounded-lg border border-line bg-raised/40 px-4 py-3">
      <p className="text-pretty">
        <CodeText text={device.unshareable.detail} />
      </p>
      {device.unshareable.fix !== null && <Fix text={device.unshareable.fix} />}
    </div>
  );
}
