import * as z from 'zod';
import { type NetworkInfo } from '../../contract/cloud-api.ts';
import { type Topics } from '../bus/topics.ts';
import { type NetworkOptions } from '../constants.ts';
import type { NetworkIdentity } from '../identity.ts';
import type { Logs } from '../logs.ts';
import { type JobsRoom } from '../market/jobs.ts';
import type { Sessions } from '../registry/sessions.ts';
import type { AccountRow } from '../store/schema.ts';
export interface ApiRoom extends JobsRoom {
  readonly network: NetworkIdentity;
  readonly options: NetworkOptions;
  readonly sessions: Sessions;
  readonly topics: Topics;
  readonly logs: Logs;
  readonly nudge: () => void;
  /** Ends the streams when the network shuts down. */
  readonly closing: AbortSignal;
}
export interface ApiContext {
  readonly account: AccountRow | null;
}
export declare function networkInfo(room: Pick<ApiRoom, 'network' | 'options'>): NetworkInfo;
/** What the cloud API does, procedure by procedure. */
export declare function createRouter(room: ApiRoom): {
  network: import('@orpc/server').Procedure<
    import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
    ApiContext,
    import('@orpc/server').Schema<unknown, unknown>,
    z.ZodObject<
      {
        id: z.ZodString;
        name: z.ZodString;
        version: z.ZodString;
        publicKey: z.ZodString;
        currency: z.ZodEnum<{
          TEST: 'TEST';
          USD: 'USD';
        }>;
        takeRateBasisPoints: z.ZodInt;
        holdbackMs: z.ZodInt;
      },
      z.core.$strip
    >,
    import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
    Record<never, never>
  >;
  accounts: {
    me: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      import('@orpc/server').Schema<unknown, unknown>,
      z.ZodObject<
        {
          id: z.ZodString;
          kind: z.ZodEnum<{
            operator: 'operator';
            owner: 'owner';
            renter: 'renter';
          }>;
          name: z.ZodString;
          currency: z.ZodEnum<{
            TEST: 'TEST';
            USD: 'USD';
          }>;
          balance: z.ZodObject<
            {
              availableMicro: z.ZodInt;
              heldMicro: z.ZodInt;
              pendingMicro: z.ZodInt;
              nextAvailableAtMs: z.ZodNullable<z.ZodInt>;
            },
            z.core.$strip
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    create: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          kind: z.ZodEnum<{
            owner: 'owner';
            renter: 'renter';
          }>;
          name: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          account: z.ZodObject<
            {
              id: z.ZodString;
              kind: z.ZodEnum<{
                operator: 'operator';
                owner: 'owner';
                renter: 'renter';
              }>;
              name: z.ZodString;
              currency: z.ZodEnum<{
                TEST: 'TEST';
                USD: 'USD';
              }>;
              balance: z.ZodObject<
                {
                  availableMicro: z.ZodInt;
                  heldMicro: z.ZodInt;
                  pendingMicro: z.ZodInt;
                  nextAvailableAtMs: z.ZodNullable<z.ZodInt>;
                },
                z.core.$strip
              >;
            },
            z.core.$strip
          >;
          apiKey: z.ZodString;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    mint: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
          amountMicro: z.ZodInt;
          mintKey: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          id: z.ZodString;
          kind: z.ZodEnum<{
            operator: 'operator';
            owner: 'owner';
            renter: 'renter';
          }>;
          name: z.ZodString;
          currency: z.ZodEnum<{
            TEST: 'TEST';
            USD: 'USD';
          }>;
          balance: z.ZodObject<
            {
              availableMicro: z.ZodInt;
              heldMicro: z.ZodInt;
              pendingMicro: z.ZodInt;
              nextAvailableAtMs: z.ZodNullable<z.ZodInt>;
            },
            z.core.$strip
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
  };
  workers: {
    list: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      import('@orpc/server').Schema<unknown, unknown>,
      z.ZodObject<
        {
          items: z.ZodArray<
            z.ZodObject<
              {
                id: z.ZodString;
                name: z.ZodString;
                online: z.ZodBoolean;
                devices: z.ZodArray<
                  z.ZodObject<
                    {
                      id: z.ZodString;
                      class: z.ZodEnum<{
                        cpu: 'cpu';
                        gpu: 'gpu';
                      }>;
                      name: z.ZodString;
                      vendor: z.ZodNullable<z.ZodString>;
                      cores: z.ZodNullable<z.ZodInt>;
                      memoryBytes: z.ZodNullable<z.ZodInt>;
                      source: z.ZodString;
                    },
                    z.core.$strip
                  >
                >;
                offers: z.ZodArray<
                  z.ZodObject<
                    {
                      deviceId: z.ZodString;
                      deviceClass: z.ZodEnum<{
                        cpu: 'cpu';
                        gpu: 'gpu';
                      }>;
                      deviceName: z.ZodString;
                      microPerHour: z.ZodInt;
                      memoryBytes: z.ZodInt;
                      diskBytes: z.ZodInt;
                      cpus: z.ZodNumber;
                    },
                    z.core.$strip
                  >
                >;
                enrolledAtMs: z.ZodInt;
              },
              z.core.$strip
            >
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    token: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      import('@orpc/server').Schema<unknown, unknown>,
      z.ZodObject<
        {
          token: z.ZodString;
          expiresAtMs: z.ZodInt;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    enrol: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          claim: z.ZodObject<
            {
              token: z.ZodString;
              publicKey: z.ZodString;
              name: z.ZodString;
              devices: z.ZodArray<
                z.ZodObject<
                  {
                    id: z.ZodString;
                    class: z.ZodEnum<{
                      cpu: 'cpu';
                      gpu: 'gpu';
                    }>;
                    name: z.ZodString;
                    vendor: z.ZodNullable<z.ZodString>;
                    cores: z.ZodNullable<z.ZodInt>;
                    memoryBytes: z.ZodNullable<z.ZodInt>;
                    source: z.ZodString;
                  },
                  z.core.$strip
                >
              >;
            },
            z.core.$strip
          >;
          signature: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          workerId: z.ZodString;
          network: z.ZodObject<
            {
              id: z.ZodString;
              name: z.ZodString;
              version: z.ZodString;
              publicKey: z.ZodString;
              currency: z.ZodEnum<{
                TEST: 'TEST';
                USD: 'USD';
              }>;
              takeRateBasisPoints: z.ZodInt;
              holdbackMs: z.ZodInt;
            },
            z.core.$strip
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
  };
  offers: {
    list: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      import('@orpc/server').Schema<unknown, unknown>,
      z.ZodObject<
        {
          items: z.ZodArray<
            z.ZodObject<
              {
                deviceId: z.ZodString;
                deviceClass: z.ZodEnum<{
                  cpu: 'cpu';
                  gpu: 'gpu';
                }>;
                deviceName: z.ZodString;
                microPerHour: z.ZodInt;
                memoryBytes: z.ZodInt;
                diskBytes: z.ZodInt;
                cpus: z.ZodNumber;
              },
              z.core.$strip
            >
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
  };
  jobs: {
    create: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          spec: z.ZodObject<
            {
              name: z.ZodString;
              image: z.ZodUnion<readonly [z.ZodString, z.ZodString]>;
              command: z.ZodArray<z.ZodString>;
              env: z.ZodRecord<z.ZodString, z.ZodString>;
              inputs: z.ZodNullable<
                z.ZodObject<
                  {
                    digest: z.ZodString;
                    sizeBytes: z.ZodInt;
                  },
                  z.core.$strict
                >
              >;
              outputs: z.ZodArray<z.ZodString>;
              deviceClass: z.ZodEnum<{
                cpu: 'cpu';
                gpu: 'gpu';
              }>;
              timeLimitMs: z.ZodInt;
              memoryBytes: z.ZodInt;
              diskBytes: z.ZodInt;
              cpus: z.ZodNumber;
              maxMicroPerHour: z.ZodInt;
            },
            z.core.$strict
          >;
          idempotencyKey: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          id: z.ZodString;
          spec: z.ZodObject<
            {
              name: z.ZodString;
              image: z.ZodUnion<readonly [z.ZodString, z.ZodString]>;
              command: z.ZodArray<z.ZodString>;
              env: z.ZodRecord<z.ZodString, z.ZodString>;
              inputs: z.ZodNullable<
                z.ZodObject<
                  {
                    digest: z.ZodString;
                    sizeBytes: z.ZodInt;
                  },
                  z.core.$strict
                >
              >;
              outputs: z.ZodArray<z.ZodString>;
              deviceClass: z.ZodEnum<{
                cpu: 'cpu';
                gpu: 'gpu';
              }>;
              timeLimitMs: z.ZodInt;
              memoryBytes: z.ZodInt;
              diskBytes: z.ZodInt;
              cpus: z.ZodNumber;
              maxMicroPerHour: z.ZodInt;
            },
            z.core.$strict
          >;
          state: z.ZodEnum<{
            cancelled: 'cancelled';
            failed: 'failed';
            placing: 'placing';
            queued: 'queued';
            running: 'running';
            starting: 'starting';
            succeeded: 'succeeded';
            'timed-out': 'timed-out';
          }>;
          reason: z.ZodNullable<z.ZodString>;
          attempt: z.ZodInt;
          leaseId: z.ZodNullable<z.ZodString>;
          exitCode: z.ZodNullable<z.ZodInt>;
          heldMicro: z.ZodInt;
          chargedMicro: z.ZodInt;
          unfrozenMs: z.ZodInt;
          artifacts: z.ZodNullable<
            z.ZodObject<
              {
                digest: z.ZodString;
                sizeBytes: z.ZodInt;
              },
              z.core.$strip
            >
          >;
          submittedAtMs: z.ZodInt;
          endedAtMs: z.ZodNullable<z.ZodInt>;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    list: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          cursor: z.ZodOptional<z.ZodString>;
          limit: z.ZodDefault<z.ZodCoercedNumber<unknown>>;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          items: z.ZodArray<
            z.ZodObject<
              {
                id: z.ZodString;
                spec: z.ZodObject<
                  {
                    name: z.ZodString;
                    image: z.ZodUnion<readonly [z.ZodString, z.ZodString]>;
                    command: z.ZodArray<z.ZodString>;
                    env: z.ZodRecord<z.ZodString, z.ZodString>;
                    inputs: z.ZodNullable<
                      z.ZodObject<
                        {
                          digest: z.ZodString;
                          sizeBytes: z.ZodInt;
                        },
                        z.core.$strict
                      >
                    >;
                    outputs: z.ZodArray<z.ZodString>;
                    deviceClass: z.ZodEnum<{
                      cpu: 'cpu';
                      gpu: 'gpu';
                    }>;
                    timeLimitMs: z.ZodInt;
                    memoryBytes: z.ZodInt;
                    diskBytes: z.ZodInt;
                    cpus: z.ZodNumber;
                    maxMicroPerHour: z.ZodInt;
                  },
                  z.core.$strict
                >;
                state: z.ZodEnum<{
                  cancelled: 'cancelled';
                  failed: 'failed';
                  placing: 'placing';
                  queued: 'queued';
                  running: 'running';
                  starting: 'starting';
                  succeeded: 'succeeded';
                  'timed-out': 'timed-out';
                }>;
                reason: z.ZodNullable<z.ZodString>;
                attempt: z.ZodInt;
                leaseId: z.ZodNullable<z.ZodString>;
                exitCode: z.ZodNullable<z.ZodInt>;
                heldMicro: z.ZodInt;
                chargedMicro: z.ZodInt;
                unfrozenMs: z.ZodInt;
                artifacts: z.ZodNullable<
                  z.ZodObject<
                    {
                      digest: z.ZodString;
                      sizeBytes: z.ZodInt;
                    },
                    z.core.$strip
                  >
                >;
                submittedAtMs: z.ZodInt;
                endedAtMs: z.ZodNullable<z.ZodInt>;
              },
              z.core.$strip
            >
          >;
          nextCursor: z.ZodNullable<z.ZodString>;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    get: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          id: z.ZodString;
          spec: z.ZodObject<
            {
              name: z.ZodString;
              image: z.ZodUnion<readonly [z.ZodString, z.ZodString]>;
              command: z.ZodArray<z.ZodString>;
              env: z.ZodRecord<z.ZodString, z.ZodString>;
              inputs: z.ZodNullable<
                z.ZodObject<
                  {
                    digest: z.ZodString;
                    sizeBytes: z.ZodInt;
                  },
                  z.core.$strict
                >
              >;
              outputs: z.ZodArray<z.ZodString>;
              deviceClass: z.ZodEnum<{
                cpu: 'cpu';
                gpu: 'gpu';
              }>;
              timeLimitMs: z.ZodInt;
              memoryBytes: z.ZodInt;
              diskBytes: z.ZodInt;
              cpus: z.ZodNumber;
              maxMicroPerHour: z.ZodInt;
            },
            z.core.$strict
          >;
          state: z.ZodEnum<{
            cancelled: 'cancelled';
            failed: 'failed';
            placing: 'placing';
            queued: 'queued';
            running: 'running';
            starting: 'starting';
            succeeded: 'succeeded';
            'timed-out': 'timed-out';
          }>;
          reason: z.ZodNullable<z.ZodString>;
          attempt: z.ZodInt;
          leaseId: z.ZodNullable<z.ZodString>;
          exitCode: z.ZodNullable<z.ZodInt>;
          heldMicro: z.ZodInt;
          chargedMicro: z.ZodInt;
          unfrozenMs: z.ZodInt;
          artifacts: z.ZodNullable<
            z.ZodObject<
              {
                digest: z.ZodString;
                sizeBytes: z.ZodInt;
              },
              z.core.$strip
            >
          >;
          submittedAtMs: z.ZodInt;
          endedAtMs: z.ZodNullable<z.ZodInt>;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    cancel: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          id: z.ZodString;
          spec: z.ZodObject<
            {
              name: z.ZodString;
              image: z.ZodUnion<readonly [z.ZodString, z.ZodString]>;
              command: z.ZodArray<z.ZodString>;
              env: z.ZodRecord<z.ZodString, z.ZodString>;
              inputs: z.ZodNullable<
                z.ZodObject<
                  {
                    digest: z.ZodString;
                    sizeBytes: z.ZodInt;
                  },
                  z.core.$strict
                >
              >;
              outputs: z.ZodArray<z.ZodString>;
              deviceClass: z.ZodEnum<{
                cpu: 'cpu';
                gpu: 'gpu';
              }>;
              timeLimitMs: z.ZodInt;
              memoryBytes: z.ZodInt;
              diskBytes: z.ZodInt;
              cpus: z.ZodNumber;
              maxMicroPerHour: z.ZodInt;
            },
            z.core.$strict
          >;
          state: z.ZodEnum<{
            cancelled: 'cancelled';
            failed: 'failed';
            placing: 'placing';
            queued: 'queued';
            running: 'running';
            starting: 'starting';
            succeeded: 'succeeded';
            'timed-out': 'timed-out';
          }>;
          reason: z.ZodNullable<z.ZodString>;
          attempt: z.ZodInt;
          leaseId: z.ZodNullable<z.ZodString>;
          exitCode: z.ZodNullable<z.ZodInt>;
          heldMicro: z.ZodInt;
          chargedMicro: z.ZodInt;
          unfrozenMs: z.ZodInt;
          artifacts: z.ZodNullable<
            z.ZodObject<
              {
                digest: z.ZodString;
                sizeBytes: z.ZodInt;
              },
              z.core.$strip
            >
          >;
          submittedAtMs: z.ZodInt;
          endedAtMs: z.ZodNullable<z.ZodInt>;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    watch: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
        },
        z.core.$strip
      >,
      import('@orpc/server').Schema<
        AsyncIteratorObject<
          {
            id: string;
            spec: {
              name: string;
              image: string;
              command: string[];
              env: Record<string, string>;
              inputs: {
                digest: string;
                sizeBytes: number;
              } | null;
              outputs: string[];
              deviceClass: 'cpu' | 'gpu';
              timeLimitMs: number;
              memoryBytes: number;
              diskBytes: number;
              cpus: number;
              maxMicroPerHour: number;
            };
            state: 'cancelled' | 'failed' | 'placing' | 'queued' | 'running' | 'starting' | 'succeeded' | 'timed-out';
            reason: string | null;
            attempt: number;
            leaseId: string | null;
            exitCode: number | null;
            heldMicro: number;
            chargedMicro: number;
            unfrozenMs: number;
            artifacts: {
              digest: string;
              sizeBytes: number;
            } | null;
            submittedAtMs: number;
            endedAtMs: number | null;
          },
          unknown,
          void
        >,
        import('@orpc/shared').AsyncIteratorClass<
          {
            id: string;
            spec: {
              name: string;
              image: string;
              command: string[];
              env: Record<string, string>;
              inputs: {
                digest: string;
                sizeBytes: number;
              } | null;
              outputs: string[];
              deviceClass: 'cpu' | 'gpu';
              timeLimitMs: number;
              memoryBytes: number;
              diskBytes: number;
              cpus: number;
              maxMicroPerHour: number;
            };
            state: 'cancelled' | 'failed' | 'placing' | 'queued' | 'running' | 'starting' | 'succeeded' | 'timed-out';
            reason: string | null;
            attempt: number;
            leaseId: string | null;
            exitCode: number | null;
            heldMicro: number;
            chargedMicro: number;
            unfrozenMs: number;
            artifacts: {
              digest: string;
              sizeBytes: number;
            } | null;
            submittedAtMs: number;
            endedAtMs: number | null;
          },
          unknown,
          void
        >
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    log: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
          offset: z.ZodDefault<z.ZodCoercedNumber<unknown>>;
        },
        z.core.$strip
      >,
      import('@orpc/server').Schema<
        AsyncIteratorObject<
          {
            leaseId: string;
            offset: number;
            text: string;
          },
          unknown,
          void
        >,
        import('@orpc/shared').AsyncIteratorClass<
          {
            leaseId: string;
            offset: number;
            text: string;
          },
          unknown,
          void
        >
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
    receipts: import('@orpc/server').Procedure<
      import('@orpc/server').MergedInitialContext<ApiContext & Record<never, never>, ApiContext & Record<never, never>, ApiContext>,
      ApiContext,
      z.ZodObject<
        {
          id: z.ZodString;
        },
        z.core.$strip
      >,
      z.ZodObject<
        {
          receipts: z.ZodArray<
            z.ZodObject<
              {
                receipt: z.ZodObject<
                  {
                    version: z.ZodLiteral<0>;
                    leaseId: z.ZodString;
                    leaseEpoch: z.ZodInt;
                    workerId: z.ZodString;
                    deviceId: z.ZodString;
                    interval: z.ZodInt;
                    cumulativeUnfrozenMs: z.ZodInt;
                    microPerHour: z.ZodInt;
                    chargeMicro: z.ZodInt;
                    currency: z.ZodEnum<{
                      TEST: 'TEST';
                      USD: 'USD';
                    }>;
                    measuredAtMs: z.ZodInt;
                  },
                  z.core.$strip
                >;
                workerSignature: z.ZodString;
                networkSignature: z.ZodNullable<z.ZodString>;
              },
              z.core.$strip
            >
          >;
          invoices: z.ZodArray<
            z.ZodObject<
              {
                invoice: z.ZodObject<
                  {
                    leaseId: z.ZodString;
                    leaseEpoch: z.ZodInt;
                    jobId: z.ZodString;
                    jobName: z.ZodString;
                    deviceId: z.ZodString;
                    currency: z.ZodEnum<{
                      TEST: 'TEST';
                      USD: 'USD';
                    }>;
                    closeReason: z.ZodEnum<{
                      'agent-lost': 'agent-lost';
                      'agent-stopped': 'agent-stopped';
                      cancelled: 'cancelled';
                      'engine-lost': 'engine-lost';
                      exited: 'exited';
                      'out-of-memory': 'out-of-memory';
                      'outputs-refused': 'outputs-refused';
                      'owner-stopped': 'owner-stopped';
                      refused: 'refused';
                      'start-failed': 'start-failed';
                      superseded: 'superseded';
                      'timed-out': 'timed-out';
                      yielded: 'yielded';
                    }>;
                    unfrozenMs: z.ZodInt;
                    microPerHour: z.ZodInt;
                    chargeMicro: z.ZodInt;
                    feeMicro: z.ZodInt;
                    netMicro: z.ZodInt;
                    availableAtMs: z.ZodInt;
                    sealedAtMs: z.ZodInt;
                  },
                  z.core.$strip
                >;
                networkSignature: z.ZodString;
              },
              z.core.$strip
            >
          >;
        },
        z.core.$strip
      >,
      import('@orpc/server').MergedErrorMap<Record<never, never>, Record<never, never>>,
      Record<never, never>
    >;
  };
};
