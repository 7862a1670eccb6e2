import { statusOf } from './engine-fault.ts';

/** Takes it as done when somebody else removed it, or is about to: the engine says 404, or 409 "removal is already in progress". */
export async function removed(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const done =
      statusOf(error) === 404 || (statusOf(error) === 409 && error instanceof Error && error.message.includes('already in progress'));
    if (!done) throw error;
  }
}
