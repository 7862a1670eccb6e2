import { useEffect, useRef, useState } from 'react';
import type { SettingKey, SettingLayer, Settings } from '../../../src/contract/model/settings.ts';
import { useConnection, useWorker, type WorkerClient } from '../store.ts';
import { failureText } from '../use-order.ts';

/** The agent's state follows its answer at once; after so long, what it says stands whatever was written. */
const FOLLOWS_WITHIN_MS = 3_000;
const SAVED_SHOWN_MS = 2_500;

export type SettingProgress = { readonly kind: 'idle' | 'saving' | 'saved' } | { readonly kind: 'failed'; readonly text: string };

/** Where a setting stands, whatever its value. */
export interface SettingStanding {
  readonly layer: SettingLayer;
  /** A policy holds it fast. */
  readonly isLocked: boolean;
  /** It can be changed now: it is not held fast, and there is an agent to tell. */
  readonly possible: boolean;
  readonly progress: SettingProgress;
  readonly reset: () => void;
}

export interface HeldSetting<K extends SettingKey> extends SettingStanding {
  /** What the owner has chosen last, already before the agent has it. */
  readonly value: Settings[K];
  readonly set: (value: Settings[K]) => void;
}

type Wish<K extends SettingKey> = { readonly kind: 'set'; readonly value: Settings[K] } | { readonly kind: 'reset' };

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** One setting: shows a change at once, saves one after the other, and only the newest of those that wait. */
export function useSetting<K extends SettingKey>(key: K): HeldSetting<K> {
  const connection = useConnection();
  const client = connection.kind === 'live' ? connection.client : null;
  const known = useWorker((state) => state.settings.values[key]);
  const layer = useWorker((state) => state.settings.layerOf[key]);
  const isLocked = useWorker((state) => state.settings.locked.includes(key));
  const [draft, setDraft] = useState<{ readonly value: Settings[K] } | null>(null);
  const [progress, setProgress] = useState<SettingProgress>({ kind: 'idle' });
  const waiting = useRef<Wish<K> | null>(null);
  const isSaving = useRef(false);

  const save = async (through: WorkerClient): Promise<void> => {
    isSaving.current = true;
    setProgress({ kind: 'saving' });
    try {
      while (waiting.current !== null) {
        const wish = waiting.current;
        waiting.current = null;
        const view = wish.kind === 'set' ? await through.settings.set({ key, value: wish.value }) : await through.settings.reset({ key });
        if (waiting.current === null) setDraft({ value: view.values[key] });
      }
      setProgress({ kind: 'saved' });
    } catch (error) {
      waiting.current = null;
      setDraft(null);
      setProgress({ kind: 'failed', text: failureText(error) });
    } finally {
      isSaving.current = false;
    }
  };
  const wish = (next: Wish<K>): void => {
    if (client === null || isLocked) return;
    waiting.current = next;
    if (next.kind === 'set') setDraft({ value: next.value });
    if (!isSaving.current) void save(client);
  };

  useEffect(() => {
    if (draft === null || progress.kind === 'saving') return;
    if (same(draft.value, known)) setDraft(null);
    const timer = setTimeout(() => setDraft(null), FOLLOWS_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [draft, known, progress]);
  useEffect(() => {
    if (progress.kind !== 'saved') return;
    const timer = setTimeout(() => setProgress({ kind: 'idle' }), SAVED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [progress]);

  return {
    value: draft === null ? known : draft.value,
    layer,
    isLocked,
    possible: client !== null && !isLocked,
    progress,
    set: (value) => wish({ kind: 'set', value }),
    reset: () => wish({ kind: 'reset' }),
  };
}
