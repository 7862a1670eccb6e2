import { once } from 'node:events';
import { connect } from 'node:net';

/** BOINC's GUI RPC over one lasting connection, which costs less than a boinccmd for each question. */
export interface BoincClient {
  /** Whether tasks stand still because the computer is in use; false where nothing suspends them. Throws for any other reason. */
  suspendedByUser(): Promise<boolean>;
  close(): void;
}

/** common_defs.h of BOINC: SUSPEND_REASON_USER_ACTIVE. */
const USER_ACTIVE = 2;
const END = '\u0003';

export async function connectBoinc(port: number): Promise<BoincClient> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8').setNoDelay(true);
  await once(socket, 'connect');
  return {
    async suspendedByUser() {
      let text = '';
      const answered = new Promise<void>((resolve, reject) => {
        const onData = (chunk: string): void => {
          text += chunk;
          if (text.endsWith(END)) done(resolve);
        };
        const onClose = (): void => done(() => reject(new Error('the BOINC client hung up')));
        function done(settle: () => void): void {
          socket.off('data', onData).off('close', onClose);
          settle();
        }
        socket.on('data', onData).once('close', onClose);
      });
      socket.write(`<boinc_gui_rpc_request>\n<get_cc_status/>\n</boinc_gui_rpc_request>\n${END}`);
      await answered;
      const reason = /<task_suspend_reason>(\d+)</.exec(text)?.[1];
      if (reason !== '0' && reason !== String(USER_ACTIVE)) throw new Error(`the BOINC client is suspended for reason ${reason}: ${text}`);
      return reason !== '0';
    },
    close: () => void socket.destroy(),
  };
}
